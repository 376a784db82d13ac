/** The languages of spreadsheets whose month names are recognised in dates (CLDR, as Node has it). */
const languages = ['en', 'de', 'fr', 'it', 'es', 'nl', 'pt', 'pl', 'cs', 'hu', 'sv', 'da', 'nb'];
/** Excel's own abbreviations, where CLDR has others. */
const ofExcel: [string, number][] = [
  ['mrz', 3],
  ['mär', 3],
  ['okt', 10],
];

let numbers: Map<string, number> | undefined;

/**
 * The number of a month (1 to 12) by its name or its abbreviation, with or without a point. Words in capitals
 * do not count: a spreadsheet never writes a month so, but DEC-11 may be an ERP number.
 */
export function monthNumber(word: string): number | undefined {
  if (word.length > 1 && word === word.toUpperCase()) return undefined;
  numbers ??= readNames();
  return numbers.get(keyOf(word));
}

function readNames(): Map<string, number> {
  const names = new Map<string, number>(ofExcel);
  for (const language of languages) {
    for (const month of ['long', 'short'] as const) {
      // With the day, too: some languages inflect the month next to one.
      for (const day of [undefined, 'numeric'] as const) {
        const format = new Intl.DateTimeFormat(language, { month, day, timeZone: 'UTC' });
        for (let number = 1; number <= 12; number++) {
          const parts = format.formatToParts(Date.UTC(2024, number - 1, 1));
          const name = parts.find(({ type }) => type === 'month')?.value ?? '';
          if (/\p{L}/u.test(name)) names.set(keyOf(name), number);
        }
      }
    }
  }
  return names;
}

function keyOf(word: string): string {
  return word.toLowerCase().replace(/\.$/, '');
}
