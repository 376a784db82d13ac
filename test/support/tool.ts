import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestDatabase } from './database.ts';

const root = new URL('../..', import.meta.url).pathname;
const bin = path.join(root, 'bin/orderflow-customers.js');

export interface ToolOptions {
  database: Pick<TestDatabase, 'url'>;
  /** Takes the place of `database`'s own URL. */
  url?: string;
  cwd: string;
  /** Bytes that one file may grow to, as if the disk were full then. */
  largestFile?: number;
}

export interface ToolResult {
  /** Null when a signal ended it. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** The most memory it had in RAM, in bytes (Linux; from the process itself). */
  peakMemory: number;
}

export interface Tool {
  pid: number;
  stdin: Writable;
  stdout: Readable;
  kill(signal: NodeJS.Signals): void;
  /** Settles when the process has ended. */
  ended: Promise<ToolResult>;
}

/** Starts the built tool as a process of its own, as a shell would. */
export function startTool(argv: string[], { database, url, cwd, largestFile }: ToolOptions): Tool {
  const limit = largestFile === undefined ? '' : `trap '' XFSZ; ulimit -f ${largestFile / 512}; `;
  const child = spawn(
    '/bin/sh',
    ['-c', `${limit}exec "$@"`, 'sh', process.execPath, '--require', peakReporter, bin, ...argv],
    {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, ORDERFLOW_DATABASE_URL: url ?? database.url },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    },
  );
  const [, , , memory] = child.stdio as Readable[];
  const [stdout, stderr, peak] = [textOf(child.stdout), textOf(child.stderr), textOf(memory)];
  // A process that was killed takes no more input.
  child.stdin.on('error', () => {});
  const ended = new Promise<ToolResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, stdout: stdout(), stderr: stderr(), peakMemory: Number(peak()) * 1024 });
    });
  });
  return {
    pid: child.pid as number,
    stdin: child.stdin,
    stdout: child.stdout,
    kill: (signal) => child.kill(signal),
    ended,
  };
}

/** What a stream has delivered, whenever it is asked. */
function textOf(stream: Readable | undefined): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

const peakReporter = new URL('report-peak-memory.cjs', import.meta.url).pathname;

/** Builds the tool when its sources are newer than what was built; for a file's `beforeAll`. */
export async function buildTool(): Promise<void> {
  const lock = path.join(root, 'node_modules/.tool-build');
  while (
    !(await mkdir(lock).then(
      () => true,
      () => false,
    ))
  ) {
    // Another test file builds; a lock that a killed run left is taken over.
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 30_000) break;
    await delay(100);
  }
  try {
    if (isBuilt()) return;
    const build = spawn(process.execPath, ['build.js'], { cwd: root, stdio: 'inherit' });
    const exitCode = await new Promise((resolve) => build.on('close', resolve));
    if (exitCode !== 0) throw new Error('the tool cannot be built');
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

function isBuilt(): boolean {
  const built = path.join(root, 'dist/main.js');
  if (!existsSync(built)) return false;
  const { mtimeMs } = statSync(built);
  return readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(root, 'src', name))
    .every((name) => statSync(name).mtimeMs <= mtimeMs);
}
