import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { TestDatabase } from './support/database.ts';
import { testDatabase } from './support/database.ts';
import { run } from './support/run.ts';
import { untilGone, untilTool } from './support/sessions.ts';
import type { TerminalOptions } from './support/terminal.ts';
import { onTerminal, startTerminal } from './support/terminal.ts';
import type { ThrowAwayDirectory } from './support/throw-away.ts';
import { throwAwayDirectory } from './support/throw-away.ts';
import { buildTool } from './support/tool.ts';

let database: TestDatabase;
let directory: ThrowAwayDirectory;
let options: TerminalOptions;

beforeAll(async () => {
  await buildTool();
  database = await testDatabase();
  directory = await throwAwayDirectory();
  options = { cwd: directory.path, env: { ORDERFLOW_DATABASE_URL: database.url } };
  await run(['org', 'create', 'acme', '--name', 'Acme'], { database });
  const { client } = await database.open();
  await client.query(
    `insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
      select org.id, customer.name, number, 'EUR', 'de-DE'
      from org, (values
        ('Österreichische Maschinenfabrik für Spezialgetriebe GmbH & Co. KG', '1'),
        ('東京電力ホールディングス株式会社', '2'),
        (E'Harmless\\x1b[2J\\x1b]0;owned\\x07 GmbH', '3')
      ) as customer (name, number)`,
  );
});
afterAll(async () => {
  await database.close();
  await directory.remove();
});

/** Cells, of which wide characters take two. */
function widthOf(line: string): number {
  return Array.from(line).reduce((sum, character) => sum + (/[\u3000-\u9fff]/.test(character) ? 2 : 1), 0);
}

describe('a table', () => {
  test.for([40, 60, 80, 200])('is cut to a terminal of %i columns', async (columns) => {
    const { exitCode, screen } = await onTerminal('orderflow-customers list --org acme', {
      ...options,
      columns,
    });
    expect(exitCode).toBe(0);
    expect(Math.max(...screen.map(widthOf))).toBeLessThanOrEqual(columns);
    expect(screen.join('\n').includes('…')).toBe(columns < 120);
  });

  test('shows a hostile name harmlessly', async () => {
    const { raw } = await onTerminal('orderflow-customers show 3 --org acme', options);
    expect(raw).toContain(String.raw`Harmless\x1b[2J\x1b]0;owned\x07 GmbH`);
    expect(raw).not.toMatch(/\x1b\[2J|\x1b\]|\x07/);
  });
});

describe('colour', () => {
  test('is there, and NO_COLOR or a dumb terminal takes it away', async () => {
    expect((await onTerminal('orderflow-customers list --org acme', options)).raw).toContain('\x1b[1m');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const plain = { ...options, env: { ...options.env, ...env } };
      expect((await onTerminal('orderflow-customers list --org acme', plain)).raw).not.toContain('\x1b');
    }
  });

  test('stays with the stream that is the terminal', async () => {
    const { raw, screen } = await onTerminal('orderflow-customers list --org acme | cat', options);
    expect(raw).not.toContain('\x1b[1m');
    expect(screen[0]?.split('\t')).toHaveLength(8);
    const failed = await onTerminal('orderflow-customers lst 2>/dev/null; echo "exit $?"', options);
    expect(failed.screen[0]).toBe('exit 2');
  });
});

test('help is as wide as the terminal', async () => {
  const { screen } = await onTerminal('orderflow-customers import --help', { ...options, columns: 76 });
  const [described = ''] = screen.join('\n').split('Examples:');
  expect(Math.max(...described.split('\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  expect(described).toContain('\nExit codes:\n');
});

test('a default org is named, and where it comes from', async () => {
  const cwd = path.join(directory.path, 'project');
  await mkdir(cwd);
  await writeFile(path.join(cwd, 'orderflow-customers.json'), '{ "org": "acme" }');
  const { screen } = await onTerminal('orderflow-customers list', { ...options, cwd, columns: 160 });
  expect(screen).toContain(`org acme, from ${path.join(cwd, 'orderflow-customers.json')}`);
});

test('a reader that goes away ends it without a word', async () => {
  const { screen } = await onTerminal('orderflow-customers --help | head -n 1', options);
  expect(screen).toEqual(['Usage: orderflow-customers <command> [flags]', '']);
});

describe('a question', () => {
  let home: string;
  beforeEach(async () => {
    home = path.join(directory.path, `home-${Math.random()}`);
    await mkdir(path.join(home, 'orderflow-customers/data-18'), { recursive: true });
  });
  const ask = () =>
    startTerminal('orderflow-customers embedded remove', {
      cwd: directory.path,
      env: { XDG_DATA_HOME: home },
    });

  test.for([
    ['y\r', 0, /deleted the embedded database/],
    ['n\r', 5, /not confirmed: nothing was changed/],
    ['\r', 5, /not confirmed: nothing was changed/],
    ['\x03', 130, /interrupted: nothing was changed/],
  ] as const)('answered with %j exits with %i', async ([keys, exitCode, words]) => {
    const terminal = ask();
    await terminal.until('Delete the embedded database');
    terminal.type(keys);
    expect(await terminal.ended).toBe(exitCode);
    expect(terminal.shown()).toMatch(words);
    expect(terminal.shown()).not.toContain('    at ');
  });

  test('is not asked if stdin is not a terminal', async () => {
    const { screen, exitCode } = await onTerminal('orderflow-customers embedded remove < /dev/null', {
      cwd: directory.path,
      env: { XDG_DATA_HOME: home },
    });
    expect(exitCode).toBe(5);
    expect(screen.join('\n')).toContain('--yes');
  });
});

/** A session holds a table that `list` waits for; its server process, and what lets go of the table. */
async function waitingTool() {
  const other = await database.open();
  const watch = await database.open();
  await other.client.query('begin');
  await other.client.query('lock table customer in access exclusive mode');
  const release = () => other.client.query('rollback');
  onTestFinished(async () => void (await release()));
  const terminal = startTerminal('orderflow-customers list --org acme', {
    ...options,
    env: { ...options.env, NO_COLOR: '1' },
  });
  return { terminal, watch, release, pid: await untilTool(watch, sql`wait_event_type = 'Lock'`) };
}

describe('a command that takes long', () => {
  test('shows its progress on one line, which is gone in the end', async () => {
    const rows = Array.from({ length: 60_000 }, (_, row) => `Customer ${row},P${row},EUR,de-DE`);
    const file = ['name,erp_customer_number,default_currency,default_language', ...rows].join('\n');
    await writeFile(path.join(directory.path, 'long.csv'), `${file}\n`);
    await run(['org', 'create', 'long', '--name', 'Long'], { database });
    const { exitCode, raw, screen } = await onTerminal(
      'orderflow-customers import long.csv --org long',
      options,
    );
    expect(exitCode).toBe(0);
    expect(raw).toMatch(/\r\x1b\[K[^\r\n]*rows/);
    expect(screen.join('\n')).toMatch(/60,000 rows of long\.csv imported into long/);
    expect(screen.join('\n')).not.toContain('\x1b');
  });

  test('is ended by Ctrl-C, and its statement with it', async () => {
    const { terminal, watch, pid } = await waitingTool();
    terminal.type('\x03');
    await untilGone(watch, pid);
    expect(await terminal.ended).toBe(130);
    expect(terminal.shown()).toContain('error: interrupted, rolled back: nothing was written');
  });

  test('ends with its terminal, and leaves no session', async () => {
    const { terminal, watch, release, pid } = await waitingTool();
    terminal.close();
    expect(await terminal.ended).toBeNull();
    // A server notices that its client is gone when the statement is through.
    await release();
    await untilGone(watch, pid);
    expect(terminal.shown()).not.toContain('    at ');
  });
});
