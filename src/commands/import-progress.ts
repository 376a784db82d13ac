import type { Context } from '../context.ts';
import type { ImportProgress } from '../import/import-request.ts';
import { renderProgress } from '../render/import-progress.ts';

/** Milliseconds. */
const quietAtFirst = 500;
const betweenFrames = 100;
const betweenLines = 30_000;

/**
 * Progress on stderr: on a terminal one line that is redrawn, after half a second; elsewhere a plain line
 * every 30 seconds, so that a log shows that it is alive.
 */
export function reportProgress(context: Context): {
  /** The time starts here: before, the database was found or started. */
  start(): void;
  show(progress: ImportProgress): void;
  /** A line in addition to the progress, which is redrawn below it. */
  note(line: string): void;
  clear(): void;
} {
  const { io, options } = context;
  const style = context.style('stderr');
  let started = 0;
  let shownAt = 0;
  let last: ImportProgress | undefined;
  let drawn = false;
  if (options.quiet) return { start() {}, show() {}, note() {}, clear() {} };

  function draw(): void {
    const now = performance.now();
    if (last === undefined || now - shownAt < (style.terminal ? betweenFrames : betweenLines)) return;
    shownAt = now;
    const line = renderProgress(last, { seconds: (now - started) / 1000, columns: style.columns });
    io.stderr.write(style.terminal ? `\r\x1b[K${line}` : `${line}\n`);
    drawn = style.terminal;
  }

  function erase(): void {
    if (drawn) io.stderr.write('\r\x1b[K');
    drawn = false;
  }

  // Merging is the server's work: the clock continues although no row is read.
  const timer = setInterval(draw, style.terminal ? 500 : 1000);
  timer.unref();
  return {
    start() {
      started = performance.now();
      shownAt = style.terminal ? started + quietAtFirst - betweenFrames : started;
    },
    show(progress) {
      last = progress;
      draw();
    },
    note(line) {
      erase();
      context.note(line);
    },
    clear() {
      clearInterval(timer);
      erase();
    },
  };
}
