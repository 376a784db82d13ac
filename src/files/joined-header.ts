/** Column names of a header with several rows: each column's cells, joined from top to bottom. */
export function joinedHeader(rows: string[][], width: number): string[] {
  return Array.from({ length: width }, (_none, index) =>
    rows
      .map((cells) => cells[index] ?? '')
      .join(' ')
      .trim(),
  );
}
