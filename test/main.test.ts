import { once } from 'node:events';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { Failure } from '../src/errors.ts';
import type { Io, Output } from '../src/io.ts';
import { main } from '../src/main.ts';
import { run } from './support/run.ts';

const terminal = { columns: 80 };

describe('without a command', () => {
  test('an overview lists every command and ends well', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const command of ['migrate', 'org', 'import', 'list', 'show', 'runs', 'embedded']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} +[A-Z]`, 'm'));
    }
  });

  test.for(['--version', '-V'])('%s prints the version of package.json alone', async (flag) => {
    expect(await run([flag])).toMatchObject({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  test('--version is understood beside other flags and commands', async () => {
    expect(await run(['list', '--quiet', '--version'])).toMatchObject({
      exitCode: 0,
      stdout: `${manifest.version}\n`,
    });
  });
});

describe('help', () => {
  test.for([
    ['list', '--help'],
    ['list', '-h'],
    ['help', 'list'],
    ['--json', 'list', '--help'],
    ['help', '--json', 'list'],
  ])('%s shows the flags of list and the global ones', async (argv) => {
    const { exitCode, stdout, stderr } = await run(argv);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('Usage: orderflow-customers list [flags]');
    expect(stdout).toContain('--per-page <n>');
    expect(stdout).toContain('--database <url>');
    expect(stdout).toContain('Examples:');
  });

  test('help of a subcommand shows its arguments', async () => {
    const { stdout } = await run(['org', 'create', '--help']);
    expect(stdout).toContain('Usage: orderflow-customers org create [flags] <slug>');
  });

  test('help has colour on a terminal only', async () => {
    expect((await run(['--help'], { terminal })).stdout).toContain('\x1b[1mUsage:');
    expect((await run(['--help'])).stdout).not.toContain('\x1b');
  });
});

describe('a line that cannot be read', () => {
  test.for([
    [['lst'], "unknown command 'lst'", 'did you mean list?'],
    [['help', 'lst'], "unknown command 'lst'", 'did you mean list?'],
    [['lst', '--help'], "unknown command 'lst'", 'did you mean list?'],
    [['help', 'org', 'creat'], "unknown command 'creat'", 'did you mean create?'],
    [['org', 'creat', 'acme'], "unknown command 'creat'", 'did you mean create?'],
    [['list', '--org', 'acme', '--actve'], "unknown option '--actve'", 'did you mean --active?'],
    [['list', '--ogr', 'acme'], "unknown option '--ogr'", 'did you mean --org?'],
    [['import', 'a.csv', '--orgg=acme'], "unknown option '--orgg'", 'did you mean --org?'],
    [['list', '--org', 'acme', '--jsno'], "unknown option '--jsno'", 'did you mean --json?'],
    [['list'], "required option '--org <org>' not specified", 'ORDERFLOW_ORG or org in a settings file'],
    [['import', 'x'], "required option '--org <org>' not specified", 'see orderflow-customers import --help'],
    [['show', '--org', 'acme'], "missing required argument 'ref'", 'see orderflow-customers show --help'],
    [['show', 'a', 'b', '--org', 'acme'], 'too many arguments', 'see orderflow-customers show --help'],
    [
      ['org'],
      'orderflow-customers org needs a subcommand: create, list',
      'see orderflow-customers org --help',
    ],
    [['--quiet'], 'a command is missing', 'see orderflow-customers --help'],
    [
      ['list', '--org', 'acme', '--color', 'sometimes'],
      "argument 'sometimes' is invalid",
      'see orderflow-customers --help',
    ],
  ] as const)('%j is a usage error that says what to do', async ([argv, message, hint]) => {
    const { exitCode, stdout, stderr } = await run([...argv]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    const [first, second, ...rest] = stderr.split('\n');
    expect(first).toContain(`error: `);
    expect(first).toContain(message);
    expect(second).toMatch(/^hint: /);
    expect(second).toContain(hint);
    expect(rest).toEqual(['']);
  });

  test('with --json it is a document too, wherever --json is', async () => {
    for (const argv of [
      ['--json', 'lst'],
      ['lst', '--json'],
    ]) {
      const result = await run(argv);
      expect(result.exitCode).toBe(2);
      expect(result.json()).toEqual({
        ok: false,
        error: {
          code: 'usage',
          message: "unknown command 'lst'",
          hint: 'did you mean list? See orderflow-customers --help',
        },
      });
      expect(result.stderr).toContain("error: unknown command 'lst'");
    }
  });

  test('control characters in it reach no terminal', async () => {
    const { stderr } = await run(['\x1b[2J\u202e'], { env: { NO_COLOR: '1' }, terminal });
    expect(stderr).toContain(String.raw`\x1b[2J\u202e`);
    expect(stderr).not.toMatch(/[\x1b\u202e]/);
  });
});

test('--debug shows where a failure came from', async () => {
  expect((await run(['lst', '--debug'])).stderr).toMatch(/^Failure: unknown command[^]* at .*program\.ts/m);
  expect((await run(['lst'])).stderr).not.toContain(' at ');
});

describe('colour', () => {
  const red = '\x1b[31m';

  test.for([
    ['a terminal has it', [], {}, terminal, true],
    ['a pipe has none', [], {}, undefined, false],
    ['NO_COLOR takes it away', [], { NO_COLOR: '1' }, terminal, false],
    ['an empty NO_COLOR does not count', [], { NO_COLOR: '' }, terminal, true],
    ['a dumb terminal has none', [], { TERM: 'dumb' }, terminal, false],
    ['--color always wins over a pipe', ['--color', 'always'], {}, undefined, true],
    ['--color=always wins over NO_COLOR', ['--color=always'], { NO_COLOR: '1' }, terminal, true],
    ['--color never wins over a terminal', ['--color', 'never'], {}, terminal, false],
  ] as const)('%s', async ([, flags, env, on, colored]) => {
    const { stderr } = await run(['lst', ...flags], { env, ...(on && { terminal: on }) });
    expect(stderr.includes(red)).toBe(colored);
  });

  test('each stream decides for itself', async () => {
    const stdout = collect({ isTTY: true, columns: 80 });
    const stderr = collect({});
    await main(['lst'], testIo({ stdout: stdout.output, stderr: stderr.output }));
    await main(['--help'], testIo({ stdout: stdout.output, stderr: stderr.output }));
    expect(stdout.text()).toContain('\x1b[1m');
    expect(stderr.text()).not.toContain('\x1b');
  });
});

describe('output that cannot be written', () => {
  test('a reader that went away is a success without a word', async () => {
    const stderr = collect({});
    const exitCode = await main(['--help'], testIo({ stdout: failing('EPIPE'), stderr: stderr.output }));
    expect(exitCode).toBe(0);
    expect(stderr.text()).toBe('');
  });

  test('a full disk is a failure that says so', async () => {
    const stderr = collect({});
    const exitCode = await main(['--help'], testIo({ stdout: failing('ENOSPC'), stderr: stderr.output }));
    expect(exitCode).toBe(1);
    expect(stderr.text()).toContain('error: cannot write to standard output: ENOSPC');
  });
});

test('an interrupt while the server does not answer ends the run at once, as an interrupt', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const interrupt = new AbortController();
  silent.on('connection', (socket) => {
    interrupt.abort(new Failure('terminated', 'terminated, rolled back: nothing was written'));
    socket.on('error', () => {});
  });
  const { exitCode, stderr } = await run(
    [
      'list',
      '--org',
      'acme',
      '--database',
      `postgres://nobody@127.0.0.1:${port}/none?sslmode=disable&connect_timeout=1`,
    ],
    { signal: interrupt.signal },
  );
  silent.close();
  expect(stderr).toBe('error: terminated, rolled back: nothing was written\n');
  expect(exitCode).toBe(143);
});

function collect(about: { isTTY?: boolean; columns?: number }): { output: Output; text(): string } {
  let text = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { output: Object.assign(output, about), text: () => text };
}

function failing(code: string): Output {
  return new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error(`${code}: no`), { code }));
    },
  });
}

function testIo({ stdout, stderr }: { stdout: Output; stderr: Output }): Io {
  return {
    stdin: process.stdin,
    stdout,
    stderr,
    env: {},
    cwd: process.cwd(),
    homeDirectory: '/nonexistent',
    now: () => new Date(),
    signal: new AbortController().signal,
    lendTerminal: () => () => {},
  };
}
