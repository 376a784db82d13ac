/**
 * A spreadsheet runs a cell that begins with one of = + - @ or a control character as a formula
 * (OWASP, “CSV Injection”). Cells that it would run, and cells that look as if they had been made safe
 * already, get one more apostrophe in front: so taking one away gives back exactly what was there.
 */
const dangerous = /^'*[=+\-@\t\r]/;

export function neutralizeFormula(cell: string): string {
  return dangerous.test(cell) ? `'${cell}` : cell;
}

export function restoreFormula(cell: string): string {
  return cell.startsWith("'") && dangerous.test(cell) ? cell.slice(1) : cell;
}
