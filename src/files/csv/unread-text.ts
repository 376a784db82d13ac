import { createFinder } from './finder.ts';

export type UnreadText = ReturnType<typeof createUnreadText>;

/** The text that has come and is not cut into records yet, and where its lines end: at LF, CRLF, CR or all of them. */
export function createUnreadText(recordLimit: number) {
  /** What came since `text` was looked at. */
  let later = '';
  /** Whether `text` has a CR that is not part of CRLF. */
  let loneReturns = false;
  const finders: ReturnType<typeof createFinder>[] = [];
  const feeds = finderOf('\n');
  const carriageReturns = finderOf('\r');

  const unread = {
    text: '',
    /** Where in `text` the next record starts. */
    position: 0,
    /** Whether this was all. */
    ended: false,
    /** Whether `text` has NUL or SUB: looked for once a chunk. */
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
   * Takes text as it comes; false when `text` is still the same. While a record is unfinished, its text is looked at
   * again only when as much has come as there was: a cell of megabytes would otherwise be copied with each piece of
   * the file, and the copies wait in memory.
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

  /** A finder for `text`, whatever it is by then. */
  function finderOf(sought: string) {
    const finder = createFinder(sought);
    finders.push(finder);
    return finder;
  }

  /** Where the line that holds `from` ends: the index of its LF, or of its CR where no LF follows; -1 for nowhere yet. */
  function lineEndFrom(from: number): number {
    const { text } = unread;
    if (!loneReturns) return text.indexOf('\n', from);
    const feed = feeds.next(text, from);
    const carriageReturn = carriageReturns.next(text, from);
    if (carriageReturn < 0 || (feed >= 0 && feed <= carriageReturn + 1)) return feed;
    // A CR at the end may turn out to be half of a CRLF.
    return carriageReturn === text.length - 1 && !unread.ended ? -1 : carriageReturn;
  }

  /** The same, where the end of `text` ends the last line. */
  function lineEndOrAll(from: number): number {
    const found = lineEndFrom(from);
    return found < 0 ? unread.text.length : found;
  }

  /** How much of the text has come, without a CR that may yet end the line. */
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
