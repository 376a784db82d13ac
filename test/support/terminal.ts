import { spawn } from 'node:child_process';
import process from 'node:process';

export interface TerminalOptions {
  columns?: number;
  /** Beside PATH, HOME and TERM. */
  env?: Record<string, string>;
  cwd: string;
}

export interface Terminal {
  /** Everything shown so far, as it came: both streams, with colours and carriage returns. */
  shown(): string;
  /** Waits until that has `text` in it. */
  until(text: string | RegExp): Promise<void>;
  /** Waits until `text` is shown that was not before the last step, and types the keys. */
  step(text: string, ...keys: string[]): Promise<void>;
  /** Keys, as the terminal sends them: `\x03` is Ctrl-C. */
  type(keys: string): void;
  /** As if the window were closed. */
  close(): void;
  /** The exit code, when the tool has ended. */
  ended: Promise<number | null>;
}

const bin = new URL('../../bin/orderflow-customers.js', import.meta.url).pathname;
const patience = 30_000;

/**
 * Runs the built tool in a pseudo-terminal of its own, which `script` (util-linux, on every Debian) makes. `line` is a
 * command line for sh in which `orderflow-customers` is the tool.
 */
export function startTerminal(line: string, { columns = 80, env = {}, cwd }: TerminalOptions): Terminal {
  const tool = `'${process.execPath}' '${bin}'`;
  const command = `stty cols ${columns} rows 24; ${line.replaceAll(/\borderflow-customers(?= )/g, tool)}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  const watching = new Set<() => void>();
  const shown = () => Buffer.concat(chunks).toString('utf8');
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    for (const look of watching) look();
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  let seen = 0;
  const until = (text: string | RegExp, from = 0): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`never shown: ${text}\n${shown()}`)), patience);
      function look(): void {
        const since = shown().slice(from);
        if (typeof text === 'string' ? !since.includes(text) : !text.test(since)) return;
        clearTimeout(late);
        watching.delete(look);
        resolve();
      }
      watching.add(look);
      look();
    });
  const type = (keys: string) => void child.stdin.write(keys);
  return {
    shown,
    until: (text) => until(text),
    async step(text, ...keys) {
      await until(text, seen);
      seen = shown().length;
      type(keys.join(''));
    },
    type,
    close: () => void child.kill('SIGKILL'),
    ended,
  };
}

/** Runs it to its end; the lines that are left on the screen, without colours. */
export async function onTerminal(
  line: string,
  options: TerminalOptions,
): Promise<{ exitCode: number | null; screen: string[]; raw: string }> {
  const terminal = startTerminal(line, options);
  const exitCode = await terminal.ended;
  const raw = terminal.shown();
  const screen = raw
    .replaceAll(/\x1b\[\d*(?:;\d+)*m/g, '')
    .split(/\r?\n/)
    .map((each) => each.split('\r').at(-1)?.replace('\x1b[K', '') ?? '');
  return { exitCode, screen, raw };
}
