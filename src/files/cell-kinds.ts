/** What a cell contains, judged by its form. */
export type Kind = 'number' | 'date' | 'time' | 'url' | 'email';

/** The kind that most values of each column have. */
export function kindsOf(header: string[], sample: string[][]): (Kind | undefined)[] {
  return header.map((_name, index) => {
    const counts = new Map<Kind | undefined, number>();
    let filled = 0;
    for (const cells of sample) {
      const cell = cells[index] ?? '';
      if (cell.trim() === '') continue;
      filled++;
      const kind = kindOf(cell);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const [kind, count = 0] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? [];
    // Rows of a second table may be among them.
    return filled >= 3 && count >= 0.6 * filled ? kind : undefined;
  });
}

export function kindOf(cell: string): Kind | undefined {
  const text = cell.trim();
  if (/^[-+]?(?:[€$£]\s?)?\d[\d.,'’ ]*(?:[eE][-+]?\d+)?(?:\s?[%€$£])?$/.test(text)) {
    return /^\d{1,2}\.\d{1,2}\.(?:\d{2}){1,2}$/.test(text) ? 'date' : 'number';
  }
  if (/^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}.*)?$/.test(text)) return 'date';
  if (/^\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?$/.test(text)) return 'time';
  if (/^(?:https?:\/\/|www\.)\S+$/i.test(text)) return 'url';
  return /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(text) ? 'email' : undefined;
}

/** Whether a first line is data rather than names: a file without a header would lose its first row. */
export function looksLikeData(header: string[], sample: string[][]): boolean {
  const kinds = kindsOf(header, sample);
  // A column's name may not be one of its values.
  const rows = sample.filter((cells) => !sameCells(cells, header));
  const repeated = header.filter(
    (cell, index) => cell.trim() !== '' && rows.filter((cells) => cells[index] === cell).length > 1,
  );
  if (repeated.length > 1) return true;
  return header.some((cell, index) => {
    const kind = kindOf(cell);
    // Years are common as names of columns.
    return kind === 'number' ? kinds[index] === 'number' && !isYear(cell) : kind !== undefined;
  });
}

const isYear = (cell: string) => /^(?:19|20)\d\d$/.test(cell.trim());

/** Whether every cell may be the name of a column. */
export const looksLikeHeader = (cells: string[]) =>
  cells.every((cell) => cell.trim() !== '' && kindOf(cell) === undefined && cell.length < 60) &&
  new Set(cells).size === cells.length;

export const sameCells = (some: string[], others: string[]) =>
  some.every((cell, index) => cell === others[index]);
