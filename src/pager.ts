import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Io } from './io.ts';
import { writePiece } from './io.ts';
import { terminalText } from './model/printable.ts';
import { textWidth } from './render/text/text-width.ts';

/**
 * Writes a result to stdout as its pieces come; through a pager when stdout is a terminal and they do not fit on it. As git
 * and gh do it: `PAGER`, else `less -FRX`; no pager when `PAGER` is empty or `cat`. A program that is missing is done
 * without; of a line for the shell, only the shell knows what is missing. A pager that is left early ends the output.
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
  // POSIX has the shell read it. Without one, a program that is missing is known before anything is written to it.
  if (/[^\w\s./:+,@-]/.test(wanted)) return { program: wanted, args: [], shell: true };
  const [program = '', ...args] = wanted.split(/\s+/);
  return { program, args, shell: false };
}

/** Lines on the terminal; those that are too wide take several. */
function heightOf(text: string, columns: number): number {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .reduce((height, line) => height + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
}

interface Pager {
  /** False when it takes no more. */
  write(text: string): Promise<boolean>;
  /** Waits until it is left. */
  end(): Promise<void>;
}

/** Undefined when it cannot be started. */
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
  // Once it is left, Ctrl-C is for this program again, which may still wait for what comes next.
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
