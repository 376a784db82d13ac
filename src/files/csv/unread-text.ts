import { createFinder } from './finder.ts';

export type UnreadText = ReturnType<typeof createUnreadText>;

/**
 * Text that has arrived but is not yet cut into records, and where its lines end: at LF, CRLF, CR or a
 * mixture.
 */
export function createUnreadText(recordLimit: number) {
  /** What arrived since `text` was last examined. */
  let later = '';
  /** Whether `text` contains a CR that is not part of CRLF. */
  let loneReturns = false;
  const finders: ReturnType<typeof createFinder>[] = [];
  const feeds = finderOf('\n');
  const carriageReturns = finderOf('\r');

  const unread = {
    text: '',
    /** Where in `text` the next record starts. */
    position: 0,
    /** Whether the text is complete. */
    ended: false,
    /** Whether `text` contains NUL or SUB: checked once per chunk. */
    forbidden: false,
    add,
    end,
    finderOf,
    lineEndFrom,
    lineEndOrAll,
    lengthFrom,
    withoutCarriageReturn,
  };
  return unread;

  /**
   * Adds text as it arrives; false if `text` is unchanged. While a record is incomplete, its text is examined
   * again only once it has doubled: otherwise a cell of megabytes would be copied with each piece of the
   * file, and the copies would pile up in memory.
   */
  function add(more: string): boolean {
    later += more;
    const unfinished = unread.text.length - unread.position;
    if (later.length < unfinished && unfinished + later.length <= recordLimit) return false;
    take();
    return true;
  }

  function end(): void {
    if (later !== '') take();
    unread.ended = true;
  }

  function take(): void {
    const { text, position } = unread;
    const taken = position >= text.length ? later : text.slice(position) + later;
    later = '';
    for (const finder of finders) finder.forget();
    loneReturns = taken.includes('\r') && /\r(?!\n)/.test(taken);
    unread.text = taken;
    unread.position = 0;
    unread.forbidden = taken.includes('\0') || taken.includes('\x1a');
  }

  /** A finder for `text`, which it follows. */
  function finderOf(sought: string) {
    const finder = createFinder(sought);
    finders.push(finder);
    return finder;
  }

  /**
   * Where the line that contains `from` ends: the index of its LF, or of its CR if no LF follows; -1 if it
   * has no end yet.
   */
  function lineEndFrom(from: number): number {
    const { text } = unread;
    if (!loneReturns) return text.indexOf('\n', from);
    const feed = feeds.next(text, from);
    const carriageReturn = carriageReturns.next(text, from);
    if (carriageReturn < 0 || (feed >= 0 && feed <= carriageReturn + 1)) return feed;
    // A CR at the end may turn out to be half of a CRLF.
    return carriageReturn === text.length - 1 && !unread.ended ? -1 : carriageReturn;
  }

  /** The same, if the end of `text` ends the last line. */
  function lineEndOrAll(from: number): number {
    const found = lineEndFrom(from);
    return found < 0 ? unread.text.length : found;
  }

  /** How much of the text has arrived, without a CR at its end, which may be half of a CRLF. */
  function lengthFrom(start: number): number {
    return unread.text.length - start - (unread.text.endsWith('\r') ? 1 : 0);
  }

  /** Where the text of a line ends: before CRLF, not between the two. */
  function withoutCarriageReturn(from: number, lineEnd: number): number {
    const { text } = unread;
    return lineEnd > from && text[lineEnd] === '\n' && text.charCodeAt(lineEnd - 1) === 13
      ? lineEnd - 1
      : lineEnd;
  }
}
