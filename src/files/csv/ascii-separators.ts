/** ASCII's own separators of fields and records: they do not occur in text, so nothing is quoted. */
export const unitSeparator = '\x1f';
const recordSeparator = '\x1e';

/**
 * The text of a file between unit separators. If record separators end its records, they become line ends,
 * and line ends, which are then text, become record separators until `cellText` turns them back.
 */
export function createSeparatedText(texts: AsyncIterator<string>) {
  let ends: 'unknown' | 'records' | 'lines' = 'unknown';
  let afterRecord = false;

  async function* translated(): AsyncGenerator<string> {
    for (let next = await texts.next(); next.done !== true; next = await texts.next()) {
      const text = next.value;
      if (ends === 'unknown') {
        const first = /[\x1e\r\n]/.exec(text)?.[0];
        if (first !== undefined) ends = first === recordSeparator ? 'records' : 'lines';
      }
      yield ends === 'records' ? swapped(text) : text;
    }
  }

  /** A line end directly after a record separator is only for readability. */
  function swapped(text: string): string {
    const all = afterRecord ? recordSeparator + text : text;
    const result = all.replaceAll(/\x1e[\r\n]*|\r\n?|\n/g, (found) =>
      found.startsWith(recordSeparator) ? '\n' : recordSeparator,
    );
    const before = afterRecord ? 1 : 0;
    afterRecord = /\x1e[\r\n]*$/.test(all);
    return result.slice(before);
  }

  return {
    texts: translated(),
    cellText: (cell: string): string => cell.replaceAll(recordSeparator, '\n'),
    /** The text of a record on one line. */
    lineText: (raw: string): string => raw.replaceAll(recordSeparator, ' '),
  };
}
