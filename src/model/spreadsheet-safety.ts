/**
 * A spreadsheet runs a cell that begins with one of = + - @ (some take their full-width forms for them) or with a
 * control character as a formula (OWASP, “CSV Injection”). Cells that it would run, and cells that look as if they had
 * been made safe already, get one more apostrophe in front: so taking one away gives back exactly what was there.
 */
const dangerous = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

export function neutralizeFormula(cell: string): string {
  return dangerous.test(cell) ? `'${cell}` : cell;
}

export function restoreFormula(cell: string): string {
  return cell.startsWith("'") && dangerous.test(cell) ? cell.slice(1) : cell;
}
