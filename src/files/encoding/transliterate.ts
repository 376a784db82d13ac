const asciiOf = new Map(
  Object.entries({
    '„': "'",
    '“': "'",
    '”': "'",
    '«': "'",
    '»': "'",
    '‚': "'",
    '‘': "'",
    '’': "'",
    '‹': "'",
    '›': "'",
    '–': '-',
    '—': '-',
    '−': '-',
    '…': '...',
    '→': '->',
    '€': 'EUR',
    '™': '(TM)',
    '•': '*',
    '×': 'x',
    '\u00a0': ' ',
    ß: 'ss',
    æ: 'ae',
    Æ: 'Ae',
    ø: 'o',
    Ø: 'O',
    ł: 'l',
    Ł: 'L',
    đ: 'd',
    Đ: 'D',
  }),
);

/**
 * One character in ASCII. Never a quote, a delimiter or a question mark, for it may stand in a cell that is quoted
 * already: what has no letters of its own there is written as `\u{1f600}`.
 */
export function transliterate(character: string): string {
  const known = asciiOf.get(character);
  if (known !== undefined) return known;
  const plain = character.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  if (/^[A-Za-z0-9]+$/.test(plain)) return plain;
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}
