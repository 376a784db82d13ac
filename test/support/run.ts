import os from 'node:os';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Input, Io, Output } from '../../src/io.ts';
import { main } from '../../src/main.ts';
import type { TestDatabase } from './database.ts';

export interface RunOptions {
  /** The whole environment of the run; nothing is taken from the test's own. */
  env?: Record<string, string | undefined>;
  /** What comes by standard input; nothing unless given. A list comes chunk by chunk. */
  stdin?: string | Buffer | Iterable<Buffer> | Readable;
  /** Makes all three streams terminals. */
  terminal?: { columns: number };
  cwd?: string;
  homeDirectory?: string;
  /** Sets ORDERFLOW_DATABASE_URL. */
  database?: TestDatabase;
  now?: () => Date;
  signal?: AbortSignal;
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The one document on stdout; throws unless it is exactly that. */
  json(): any;
}

/** Runs the tool in this process, as `orderflow-customers ...argv` would. */
export async function run(argv: string[], options: RunOptions = {}): Promise<RunResult> {
  const stdout = capture(options.terminal);
  const stderr = capture(options.terminal);
  const io: Io = {
    stdin: input(options),
    stdout: stdout.output,
    stderr: stderr.output,
    env: { ...(options.database && { ORDERFLOW_DATABASE_URL: options.database.url }), ...options.env },
    cwd: options.cwd ?? process.cwd(),
    homeDirectory: options.homeDirectory ?? os.homedir(),
    now: options.now ?? (() => new Date()),
    signal: options.signal ?? new AbortController().signal,
    lendTerminal: () => () => {},
  };
  const exitCode = await main(argv, io);
  return {
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
    json: () => JSON.parse(stdout.text()),
  };
}

function capture(terminal: RunOptions['terminal']): { output: Output; text(): string } {
  const chunks: Buffer[] = [];
  const output: Output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  // As on the process's own streams, what is piped into them does not end them: one question, then another.
  if (terminal !== undefined)
    Object.assign(output, { isTTY: true, columns: terminal.columns, _isStdio: true });
  return { output, text: () => Buffer.concat(chunks).toString('utf8') };
}

function input({ stdin, terminal }: RunOptions): Input {
  const stream: Input = streamOf(stdin);
  if (terminal !== undefined) stream.isTTY = true;
  return stream;
}

function streamOf(stdin: RunOptions['stdin']): Readable {
  if (stdin === undefined) return new PassThrough().end();
  if (stdin instanceof Readable) return stdin;
  if (typeof stdin === 'string' || Buffer.isBuffer(stdin))
    return Readable.from([Buffer.from(stdin)], { objectMode: false });
  return Readable.from(stdin, { objectMode: false });
}
