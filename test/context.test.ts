import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createContext } from '../src/context.ts';
import type { GlobalOptions } from '../src/global-options.ts';
import { defaultOptions } from '../src/global-options.ts';
import { Failure } from '../src/errors.ts';
import type { TestDatabase } from './support/database.ts';
import { emptyDatabase, testDatabase } from './support/database.ts';
import { run } from './support/run.ts';
import type { ThrowAwayDirectory } from './support/throw-away.ts';
import { throwAwayDirectory } from './support/throw-away.ts';

describe('with no database configured', () => {
  let home: ThrowAwayDirectory;
  beforeAll(async () => {
    home = await throwAwayDirectory();
  });
  afterAll(async () => {
    await run(['embedded', 'remove', '--yes'], { homeDirectory: home.path });
    await home.remove();
  });

  test('the embedded one is started and migrated by itself, and kept', async () => {
    const made = await run(['org', 'create', 'demo', '--name', 'Demo'], { homeDirectory: home.path });
    expect(made.exitCode).toBe(0);
    expect(made.stderr).toMatch(
      /^first start: creating the embedded database in .* …\n→ embedded database \(orderflow\), org demo\n$/,
    );
    const again = await run(['org', 'list', '--json'], { homeDirectory: home.path });
    expect(again.json()).toMatchObject({ items: [{ slug: 'demo' }], total: 1 });
  });

  test('an unknown org fails loudly, naming what to set', async () => {
    const result = await run(['list', '--org', 'acme', '--quiet', '--json'], { homeDirectory: home.path });
    expect(result.exitCode).toBe(2);
    expect(result.json()).toEqual({
      ok: false,
      error: {
        code: 'no_database_configured',
        message: 'no database is configured, and the embedded one has no org "acme"',
        hint: expect.stringContaining('set ORDERFLOW_DATABASE_URL or give --database URL'),
      },
    });
    expect(result.stderr).toContain('error: no database is configured');
  });
});

describe('a configured database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  test('is never migrated unasked', async () => {
    const empty = await emptyDatabase();
    expect((await run(['org', 'list'], { database: empty })).exitCode).toBe(8);
    const { client } = await empty.open();
    expect((await client.query("select to_regclass('org') as org")).rows).toEqual([{ org: null }]);
    await empty.close();
  });

  test('that --database names goes before the environment, before and after the command', async () => {
    const env = { ORDERFLOW_DATABASE_URL: 'postgres://127.0.0.1:1/none' };
    expect((await run(['org', 'list'], { env })).exitCode).toBe(7);
    const url = new URL(database.url);
    url.searchParams.delete('password');
    const named = { env: { ...env, PGPASSWORD: database.target.password } };
    expect((await run(['--database', url.href, 'org', 'list'], named)).exitCode).toBe(0);
    expect((await run(['org', 'list', `--database=${url.href}`], named)).exitCode).toBe(0);
  });

  test('lets go of a statement that waits when the run is interrupted', async () => {
    await run(['org', 'create', 'acme', '--name', 'Acme'], { database });
    const other = await database.open();
    await other.client.query('begin');
    await other.client.query('lock table customer in access exclusive mode');
    const interrupt = new AbortController();
    const running = run(['list', '--org', 'acme', '--json'], { database, signal: interrupt.signal });
    await waitingStatement((await database.open()).client);
    interrupt.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written'));
    const result = await running;
    expect(result.exitCode).toBe(130);
    expect(result.json()).toMatchObject({ ok: false, error: { code: 'interrupted' } });
    expect(result.stderr).toBe('error: interrupted, rolled back: nothing was written\n');
    await other.client.query('rollback');
  });
});

describe('confirm', () => {
  test('continues with --yes', async () => {
    await expect(contextWith({ yes: true }).confirm('Delete it?')).resolves.toBeUndefined();
  });

  test('continues if the person at the terminal answers yes, and stops at anything else', async () => {
    await expect(
      contextWith({}, { terminal: true, typed: 'y\n' }).confirm('Delete it?'),
    ).resolves.toBeUndefined();
    await expect(
      contextWith({}, { terminal: true, typed: '\n' }).confirm('Delete it?'),
    ).rejects.toMatchObject({
      code: 'refused',
      exitCode: 5,
    });
  });

  test('is interrupted by Ctrl-C', async () => {
    await expect(
      contextWith({}, { terminal: true, typed: '\x03' }).confirm('Delete it?'),
    ).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
  });

  test.for([
    ['without a terminal', {}, false],
    ['with --no-input', { input: false }, true],
    ['with --json', { json: true }, true],
  ] as const)('refuses %s if questions are impossible', async ([, options, terminal]) => {
    await expect(
      contextWith(options, { terminal, typed: 'y\n' }).confirm('Delete it?'),
    ).rejects.toMatchObject({
      code: 'confirmation_required',
      exitCode: 5,
      hint: expect.stringContaining('--yes'),
    });
  });
});

/** `typed` is typed again and again. */
function contextWith(options: Partial<GlobalOptions>, { terminal = false, typed = '' } = {}) {
  const stdin = new PassThrough();
  const stderr = new PassThrough();
  // What is typed before the question is asked does not answer it.
  const typing = typed === '' ? undefined : setInterval(() => stdin.write(typed), 50).unref();
  onTestFinished(() => clearInterval(typing));
  const stream = (output: PassThrough) => Object.assign(output, terminal ? { isTTY: true, columns: 80 } : {});
  return createContext(
    {
      stdin: stream(stdin),
      stdout: stream(new PassThrough()),
      stderr: stream(stderr),
      env: {},
      cwd: '/',
      homeDirectory: '/',
      now: () => new Date(),
      signal: new AbortController().signal,
      lendTerminal: () => () => {},
    },
    { ...defaultOptions, ...options },
  );
}

async function waitingStatement(client: {
  query(text: string): Promise<{ rows: unknown[] }>;
}): Promise<void> {
  for (;;) {
    const { rows } = await client.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    if (rows.length > 0) return;
  }
}
