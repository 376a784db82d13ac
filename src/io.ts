import { once, setMaxListeners } from 'node:events';
import os from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Failure } from './errors.ts';
import { terminalText } from './model/printable.ts';

/** An output stream and what is known of its terminal (`columns` and `rows` are set only on a terminal). */
export interface Output extends Writable {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

export interface Input extends Readable {
  isTTY?: boolean;
}

/**
 * Everything a command may touch of its process. Tests pass their own, so terminal, pipe, environment and
 * signals are ordinary values there.
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
  /**
   * Hands the terminal to another program, to which Ctrl-C is a key, until the returned function is called.
   */
  lendTerminal(): () => void;
}

export function systemIo(): Io {
  let isLent = false;
  return {
    // Node creates a stream on first access, which takes a few milliseconds; most commands use only stdout.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    get stderr() {
      return process.stderr;
    },
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
 * Listens for errors of stdout, which would otherwise end the process with a stack trace. The returned function
 * waits until stdout has been written and throws if that failed: a full disk, or a signal while the reader is
 * stalled. A reader that closes the pipe (`… | head`) is not a fault.
 */
export function watchOutput({ stdout, signal }: Io): () => Promise<void> {
  let first: NodeJS.ErrnoException | undefined;
  stdout.on('error', (error) => (first ??= error));
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
 * The only way to write to a terminal: control and invisible characters are escaped. A pipe or a file gets
 * every byte unchanged. Prompts write to the stream itself because they move the cursor; what they show is
 * made printable first.
 */
export function guardTerminal(output: Output): Output {
  if (!output.isTTY) return output;
  // A chunk may end within a character.
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
 * Writes a piece of a result that is too long to hold in memory to stdout, and waits until there is room for
 * more. Returns false when the output is closed: the reader went away, or the disk is full; `watchOutput`
 * distinguishes them. Throws the signal's reason if the run is interrupted while a reader is stalled.
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

/** Writes pieces as they arrive, until all are written or the reader closes the pipe. */
export async function writePieces(io: Io, pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) if (!(await writePiece(io, piece))) return;
}

function interruptSignal(isLent: () => boolean): AbortSignal {
  const controller = new AbortController();
  // Every open file and database listens; Node would print a warning from the eleventh listener on.
  setMaxListeners(0, controller.signal);
  process.on('SIGINT', () => {
    if (isLent()) return;
    // A second Ctrl-C means now: the server rolls back an open transaction as soon as the connection closes.
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written'));
  });
  process.on('SIGTERM', () => {
    controller.abort(new Failure('terminated', 'terminated, rolled back: nothing was written'));
  });
  return controller.signal;
}
