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
 * One character in ASCII. Never a quote, a delimiter or a question mark, because it may be in a cell that is
 * already quoted: a character without letters of its own is written as `\u{1f600}`.
 */
export function transliterate(character: string): string {
  const known = asciiOf.get(character);
  if (known !== undefined) return known;
  const plain = character.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  if (/^[A-Za-z0-9]+$/.test(plain)) return plain;
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}
