/** What separates cells, of those that are looked for. */
export const delimiters = [',', ';', '\t', '|'];

/** A delimiter for people, as `parseDelimiter` reads it. */
export const nameOf = (delimiter: string) => (delimiter === '\t' ? 'tab' : delimiter);

/** One character that can separate cells, a tab by its name too; undefined for anything else. */
export function parseDelimiter(text: string): string | undefined {
  const delimiter = text === '\\t' || text.toLowerCase() === 'tab' ? '\t' : text;
  return delimiter.length === 1 && !/["\r\n\p{L}\p{N}]/u.test(delimiter) ? delimiter : undefined;
}
