import type { UnreadText } from './unread-text.ts';

/** The form of the file's rows when they are cut without regard to quotes. */
export interface RowForm {
  delimiter: string;
  /** As many cells as the header has, once that is known. */
  cells: number | undefined;
}

/**
 * Whether each physical line of the record at `position` is as wide as the header: then it is several rows.
 */
export function linesReadAsRows(
  unread: UnreadText,
  form: RowForm,
  { firstLineEnd, lineEnd: lastLineEnd }: { firstLineEnd: number; lineEnd: number },
): boolean {
  let start = unread.position;
  for (let lineEnd = firstLineEnd; ; lineEnd = unread.lineEndOrAll(start)) {
    if (!fits(lineText(unread, start, lineEnd), form)) return false;
    if (lineEnd >= lastLineEnd) return true;
    start = lineEnd + 1;
  }
}

/**
 * Whether the lines between a damaged record's first and the one that ends at `reach` read as rows of their
 * own.
 */
export function rowsBetween(unread: UnreadText, form: RowForm, firstLineEnd: number, reach: number): boolean {
  // With one delimiter per line, prose reads as rows.
  if (form.cells !== undefined && form.cells < 3)
    return unread.text.slice(firstLineEnd + 1, reach).search(/[\r\n]/) < 0;
  let start = firstLineEnd + 1;
  while (start < reach) {
    const lineEnd = unread.lineEndOrAll(start);
    if (lineEnd >= reach) return true;
    const row = lineText(unread, start, lineEnd);
    if (row !== '' && !fits(row, form)) return false;
    start = lineEnd + 1;
  }
  return true;
}

function lineText(unread: UnreadText, start: number, lineEnd: number): string {
  return unread.text.slice(start, unread.withoutCarriageReturn(start, lineEnd));
}

function fits(row: string, { delimiter, cells }: RowForm): boolean {
  return row.split(delimiter).length === cells;
}
