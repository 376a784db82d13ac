import { createQuotedCells } from './quoted-cells.ts';
import type { FullRecordFormat } from './record-format.ts';
import type { faultTexts } from './record-faults.ts';
import type { UnreadText } from './unread-text.ts';

/**
 * A record with quotes: its cells, what is wrong with it and how far it extends, or that more text is needed.
 */
export type QuotedRecord =
  | { cells: string[]; lineEnd: number; lines: number }
  | { damage: keyof typeof faultTexts; reach: number }
  | 'needs_more'
  | 'too_large';

/** Reads records whose first line contains a quote. */
export function createQuotedRecords(unread: UnreadText, format: FullRecordFormat) {
  const { delimiter, quote, cellLimit, recordLimit } = format;
  const cellEnds = unread.finderOf(delimiter);
  const { closingQuote, unescaped, isAmbiguous, keptText, behindSpaces } = createQuotedCells(unread, format);

  /** The record at `position`. */
  return function quotedRecord(firstLineEnd: number): QuotedRecord {
    const { text, position: start, ended } = unread;
    const cells: string[] = [];
    let lineEnd = firstLineEnd;
    let lines = 1;
    let at = start;
    while (true) {
      const kept = keptText(at);
      if (kept !== undefined) {
        cells.push(kept.cell);
        at = kept.end;
        if (at === unread.withoutCarriageReturn(at, lineEnd)) break;
        at += delimiter.length;
        continue;
      }
      if (text[at] !== quote) {
        const stop = unread.withoutCarriageReturn(at, lineEnd);
        const next = cellEnds.next(text, at);
        const cellEnd = next < 0 || next > stop ? stop : next;
        const cell = text.slice(at, cellEnd);
        if (cell.includes(quote)) return { damage: 'stray_quote', reach: lineEnd };
        if (cell.length > cellLimit) return { damage: 'record_too_large', reach: lineEnd };
        cells.push(cell);
        if (cellEnd === stop) break;
        at = cellEnd + delimiter.length;
        continue;
      }
      const { close, escaped } = closingQuote(at + 1);
      if (close < 0 || (close + 1 === text.length && !ended)) {
        if (!ended && unread.lengthFrom(start) <= recordLimit) return 'needs_more';
        return { damage: 'unclosed_quote', reach: firstLineEnd };
      }
      // The same answer as when it was not in the text yet.
      if (close - start >= recordLimit) return { damage: 'unclosed_quote', reach: firstLineEnd };
      while (lineEnd < close) {
        const following = unread.lineEndFrom(lineEnd + 1);
        if (following < 0 && !ended)
          return unread.lengthFrom(start) <= recordLimit ? 'needs_more' : 'too_large';
        lineEnd = following < 0 ? text.length : following;
        lines++;
      }
      if (lineEnd - start > recordLimit) return 'too_large';
      const cell = text.slice(at + 1, close);
      if (cell.length > cellLimit) return { damage: 'record_too_large', reach: lineEnd };
      if (escaped && isAmbiguous(cell)) return { damage: 'text_after_quote', reach: lineEnd };
      cells.push(escaped ? unescaped(cell) : cell);
      at = behindSpaces(close + 1);
      if (at === unread.withoutCarriageReturn(at, lineEnd)) break;
      if (!text.startsWith(delimiter, at)) return { damage: 'text_after_quote', reach: lineEnd };
      at += delimiter.length;
    }
    return { cells, lineEnd, lines };
  };
}
