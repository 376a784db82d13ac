/**
 * A record as a line of a CSV file (RFC 4180, but with LF): a value that contains the delimiter, a quote or a
 * line break is quoted, and quotes inside it are doubled.
 */
export function csvLine(cells: readonly string[], delimiter = ','): string {
  let line = '';
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index] as string;
    line += `${index === 0 ? '' : delimiter}${special.test(cell) || cell.includes(delimiter) ? quoted(cell) : cell}`;
  }
  return `${line}\n`;
}

const special = /["\r\n]/;

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
