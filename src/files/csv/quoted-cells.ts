import type { FullRecordFormat } from './record-format.ts';
import type { UnreadText } from './unread-text.ts';

/** How quotes are read: where a quoted cell begins and ends, and what its text is. */
export function createQuotedCells(unread: UnreadText, { delimiter, quote, escape }: FullRecordFormat) {
  const doubledQuote = escape + quote;
  const escapes = unread.finderOf(escape);

  /** Where the quote that closes the cell is, and whether an escaped quote precedes it. */
  function closingQuote(from: number): { close: number; escaped: boolean } {
    const { text } = unread;
    let escaped = false;
    let close = text.indexOf(quote, from);
    if (escape === quote) {
      while (close >= 0 && text[close + 1] === quote) {
        escaped = true;
        close = text.indexOf(quote, close + 2);
      }
      return { close, escaped };
    }
    let next = escapes.next(text, from);
    while (next >= 0 && next < close) {
      escaped = true;
      if (close === next + 1) close = text.indexOf(quote, next + 2);
      next = escapes.next(text, next + 2);
    }
    return { close, escaped };
  }

  function unescaped(cell: string): string {
    if (escape === quote) return cell.replaceAll(doubledQuote, quote);
    const parts = cell.split(escape + escape);
    return parts.map((part) => part.replaceAll(doubledQuote, quote)).join(escape);
  }

  /**
   * Whether a cell was written with a backslash and is read without: either reading of \"" may be the wrong
   * one.
   */
  function isAmbiguous(cell: string): boolean {
    return escape === quote && cell.includes(`\\${doubledQuote}`);
  }

  /**
   * `="00123"`, which programs write to stop spreadsheets from turning text into a number: the cell and where
   * it ends.
   */
  function keptText(at: number): { cell: string; end: number } | undefined {
    const { text } = unread;
    if (text[at] !== '=' || quote !== '"' || text[at + 1] !== quote) return undefined;
    const close = text.indexOf(quote, at + 2);
    const behind = close + 1;
    const ends = close > 0 && (behind === text.length || endsCell(behind));
    const cell = ends ? text.slice(at + 2, close) : '\n';
    return /[\r\n]/.test(cell) ? undefined : { cell, end: behind };
  }

  /** After a closing quote, spaces before the delimiter or the line end are ignored. */
  function behindSpaces(at: number): number {
    const { text } = unread;
    if (text[at] !== ' ' || delimiter.startsWith(' ')) return at;
    let behind = at;
    while (text[behind] === ' ') behind++;
    const ends = behind === text.length ? unread.ended : endsCell(behind);
    return ends ? behind : at;
  }

  function endsCell(at: number): boolean {
    return unread.text.startsWith(delimiter, at) || /[\r\n]/.test(unread.text[at] ?? '');
  }

  return { closingQuote, unescaped, isAmbiguous, keptText, behindSpaces };
}
