/**
 * Legal forms as they are written after a company's name, folded and without spaces. A list of our own: the
 * ISO 20275 register has 3,000 of them, most written out, and people abbreviate or omit only a few.
 */
export const legalForms: ReadonlySet<string> = new Set(
  `ab ag aps as bv bvba co coop corp corporation company cie eg ek ekfr ekfm eu ev gbr gen gesbr gesmbh ggmbh gmbh inc
  incorporated kft kg kgaa limited llc llp ltd lda mbh nv og ohg oy oyj partg partgmbb plc sa sarl sas se snc spa spol
  spzoo sprl srl sro stiftung ug doo dd haftungsbeschrankt zrt`.split(/\s+/),
);

/** The longest form in words: sp. z o.o. */
const mostWords = 4;

/** The folded words of a name without its legal form; all of them if nothing else would remain. */
export function withoutLegalForm(words: string[]): string[] {
  let rest = words;
  for (let length = formLength(rest); length > 0; length = formLength(rest)) rest = rest.slice(0, -length);
  return rest;
}

/** How many of the last words are a legal form: 2 for e.K., 0 if no other word precedes it. */
function formLength(words: string[]): number {
  for (let length = Math.min(mostWords, words.length - 1); length > 0; length--) {
    const last = words.slice(-length);
    if (length > 1 && last.some((word) => word.length > 3)) continue;
    if (legalForms.has(last.join(''))) return length;
  }
  return 0;
}
