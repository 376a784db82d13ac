/** The names of columns whose header takes several rows: what is in each row of a column, from top to bottom. */
export function joinedHeader(rows: string[][], width: number): string[] {
  return Array.from({ length: width }, (_none, index) =>
    rows
      .map((cells) => cells[index] ?? '')
      .join(' ')
      .trim(),
  );
}
