/** What separates cells, of those that are looked for. */
export const delimiters = [',', ';', '\t', '|'];

/** A delimiter for people. */
export const nameOf = (delimiter: string) => (delimiter === '\t' ? 'tab' : delimiter);
