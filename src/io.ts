import { once } from 'node:events';
import os from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Failure } from './errors.ts';
import { terminalText } from './model/printable.ts';

/** An output stream and what is known of the terminal behind it (`columns` and `rows` only on a terminal). */
export interface Output extends Writable {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

export interface Input extends Readable {
  isTTY?: boolean;
}

/**
 * Everything a command may touch of the process it runs in. Tests pass their own,
 * so terminal, pipe, environment and signals are ordinary values there.
 */
export interface Io {
  stdin: Input;
  stdout: Output;
  stderr: Output;
  env: Record<string, string | undefined>;
  cwd: string;
  homeDirectory: string;
  now(): Date;
  /** Aborted by SIGINT or SIGTERM; its reason is the `Failure` that the run ends with. */
  signal: AbortSignal;
  /** Until the function it returns is called, another program has the terminal, and Ctrl-C is a key to that program. */
  lendTerminal(): () => void;
}

export function systemIo(): Io {
  let isLent = false;
  return {
    // Only a command that reads or asks makes the stream, which takes a few milliseconds.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    homeDirectory: os.homedir(),
    now: () => new Date(),
    signal: interruptSignal(() => isLent),
    lendTerminal() {
      isLent = true;
      return () => (isLent = false);
    },
  };
}

/**
 * Listens for output that cannot be written, which would else end the process with a stack trace. The function
 * it returns waits until stdout has taken everything and throws when it could not: a full disk, or a signal while a
 * reader does not read. A reader that went away (`… | head`) is no fault of the run; and when stderr is gone, nowhere is
 * left to say so.
 */
export function watchOutput({ stdout, stderr, signal }: Io): () => Promise<void> {
  let first: NodeJS.ErrnoException | undefined;
  stdout.on('error', (error) => (first ??= error));
  stderr.on('error', () => {});
  return async () => {
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => reject(unread(signal.reason as Failure));
      if (signal.aborted && stdout.writableLength > 0) giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      stdout.write('', () => setImmediate(resolve));
    });
    if (first === undefined || first.code === 'EPIPE') return;
    throw new Failure('unexpected', `cannot write to standard output: ${first.message}`, { cause: first });
  };
}

function unread(reason: Failure): Failure {
  return new Failure(reason.code, 'standard output was not read to its end', { cause: reason });
}

/**
 * The one way out to a terminal: what it would obey, or not show, is written out. A pipe or a file gets every byte as it
 * is. Questions write to the stream itself, for they move the cursor; what they show is made printable before.
 */
export function guardTerminal(output: Output): Output {
  if (!output.isTTY) return output;
  // Bytes may be cut within a character.
  const decoder = new StringDecoder('utf8');
  const write = (piece: string | Buffer, ...rest: []) =>
    output.write(terminalText(typeof piece === 'string' ? piece : decoder.write(piece)), ...rest);
  return new Proxy(output, {
    get(target, key) {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * Writes a piece of a result that is too long to be held to stdout, and waits until there is room for more. False when
 * nobody takes it any more: the reader went away, or the disk is full, which `watchOutput` tells apart. Throws the
 * signal's reason when the run is interrupted while a reader that is there does not read.
 */
export async function writePiece(
  { stdout, signal }: Pick<Io, 'stdout' | 'signal'>,
  piece: string | Buffer,
): Promise<boolean> {
  const isOpen = () => !stdout.destroyed && stdout.errored === null;
  if (!isOpen()) return false;
  if (!stdout.write(piece) && isOpen()) {
    const over = new AbortController();
    const waiting = AbortSignal.any([over.signal, signal]);
    const events = ['drain', 'close', 'error'].map((event) => once(stdout, event, { signal: waiting }));
    await Promise.race(events).catch(() => {});
    over.abort();
    await Promise.allSettled(events);
    signal.throwIfAborted();
  }
  return isOpen();
}

/** Writes pieces as they come, until all are written or the reader has gone. */
export async function writePieces(io: Io, pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) if (!(await writePiece(io, piece))) return;
}

function interruptSignal(isLent: () => boolean): AbortSignal {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (isLent()) return;
    // A second Ctrl-C means now: the server rolls back what is open as soon as the connection is gone.
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written'));
  });
  process.on('SIGTERM', () => {
    controller.abort(new Failure('terminated', 'terminated, rolled back: nothing was written'));
  });
  return controller.signal;
}
