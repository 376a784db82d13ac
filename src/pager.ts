import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Io } from './io.ts';
import { writePiece } from './io.ts';
import { terminalText } from './model/printable.ts';
import { textWidth } from './render/text/text-width.ts';

/**
 * Writes a result to stdout as its pieces arrive; through a pager if stdout is a terminal and they do not fit
 * on it. Like git and gh: `PAGER`, otherwise `less -FRX`; no pager if `PAGER` is empty or `cat`. If a program
 * cannot be found, the result is printed directly; in a `PAGER` that is a shell line, only the shell knows
 * what cannot be found. A pager that is closed early ends the output.
 */
export async function writePaged(io: Io, pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const command = pagerCommand(io);
  let held: string | undefined = command === undefined ? undefined : '';
  let pager: Pager | undefined;
  try {
    for await (const piece of pieces) {
      if (held !== undefined && command !== undefined) {
        held += piece;
        if (heightOf(held, io.stdout.columns || 80) < (io.stdout.rows ?? 0)) continue;
        pager = await startPager(command, io);
      }
      const text = held ?? piece;
      held = undefined;
      if (!(await (pager?.write(text) ?? writePiece(io, text)))) return;
    }
    if (held !== undefined) await writePiece(io, held);
  } finally {
    await pager?.end();
  }
  io.signal.throwIfAborted();
}

interface PagerCommand {
  program: string;
  args: string[];
  shell: boolean;
}

function pagerCommand({ stdout, env }: Io): PagerCommand | undefined {
  const isTerminal = stdout.isTTY === true && (stdout.rows ?? 0) > 0;
  if (!isTerminal || env.TERM === undefined || env.TERM === 'dumb') return undefined;
  const wanted = (env.PAGER ?? 'less -FRX').trim();
  if (wanted === '' || wanted === 'cat') return undefined;
  // POSIX has the shell interpret it. Without a shell, a program that cannot be found is known before
  // anything is written to it.
  if (/[^\w\s./:+,@-]/.test(wanted)) return { program: wanted, args: [], shell: true };
  const [program = '', ...args] = wanted.split(/\s+/);
  return { program, args, shell: false };
}

/** Lines on the terminal; a line wider than the terminal takes several. */
function heightOf(text: string, columns: number): number {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .reduce((height, line) => height + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
}

interface Pager {
  /** False once it accepts no more. */
  write(text: string): Promise<boolean>;
  /** Waits until it exits. */
  end(): Promise<void>;
}

/** Undefined if it cannot be started. */
async function startPager({ program, args, shell }: PagerCommand, io: Io): Promise<Pager | undefined> {
  const child = spawn(program, args, {
    shell,
    stdio: ['pipe', 'inherit', 'inherit'],
    // As git sets them. Output is UTF-8, whatever the locale.
    env: { LESS: 'FRX', LV: '-c', LESSCHARSET: 'utf-8', ...io.env },
    signal: io.signal,
  });
  const { stdin } = child;
  child.on('error', () => {});
  stdin.on('error', () => {});
  const returned = io.lendTerminal();
  // Once it exits, Ctrl-C is for this program again, which may still be waiting for the next piece.
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      returned();
      resolve();
    });
  });
  const isStarted = await once(child, 'spawn').then(
    () => true,
    () => false,
  );
  if (!isStarted) {
    returned();
    return undefined;
  }
  return {
    write: (text) => writePiece({ stdout: stdin, signal: io.signal }, terminalText(text)),
    async end() {
      stdin.end();
      await ended;
    },
  };
}
