import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from './support/database.ts';
import { testDatabase } from './support/database.ts';
import { run } from './support/run.ts';
import type { TerminalOptions } from './support/terminal.ts';
import { onTerminal, startTerminal } from './support/terminal.ts';
import type { ThrowAwayDirectory } from './support/throw-away.ts';
import { throwAwayDirectory } from './support/throw-away.ts';
import { buildTool } from './support/tool.ts';
import { ctrlC } from './support/typing.ts';

let database: TestDatabase;
let directory: ThrowAwayDirectory;

beforeAll(async () => {
  await buildTool();
  database = await testDatabase();
  directory = await throwAwayDirectory();
  await run(['org', 'create', 'acme', '--name', 'Acme'], { database });
  await (
    await database.open()
  ).execute(sql`
    insert into customer (org_id, name, erp_customer_number, notes, default_currency, default_language)
    select org.id, 'Müller ' || n, n, repeat('Rampe 3 ' || E'\x1b[2J', 300), 'EUR', 'de-DE'
    from org, generate_series(1001, 4000) as n`);
});
afterAll(async () => {
  await database.close();
  await directory.remove();
});

const options = (env: Record<string, string> = {}): TerminalOptions => ({
  cwd: directory.path,
  env: { ORDERFLOW_DATABASE_URL: database.url, ...env },
});

const marking = { PAGER: 'sed s/^/paged:/' };

test.for([
  ['list', 'paged:1001', /1–50 of 3,000 /],
  ['list --all', 'paged:4000', /3,000 customers/],
  ['search müller --limit 100', 'paged:1001', /100 of more than \d+ customers/],
  // Few lines, which take many on the terminal; what a terminal would obey is written out for the pager, too.
  ['show 1001', String.raw`Rampe 3 \x1b[2J`, /no contacts/],
] as const)('%s goes through PAGER, and what is below comes after it', async ([line, shown, below]) => {
  const { exitCode, raw } = await onTerminal(`orderflow-customers ${line} --org acme`, options(marking));
  expect(exitCode).toBe(0);
  expect(raw).toContain(shown);
  expect(raw).toContain('paged:');
  expect(raw).not.toContain('\x1b[2J');
  expect(raw.trimEnd().split('\n').at(-1)).toMatch(below);
});

test.for([
  ['list --per-page 10', marking],
  ['list --json', marking],
  ['list --no-input', marking],
  ['list --quiet', marking],
  ['list', { PAGER: '' }],
  ['list', { PAGER: 'cat' }],
  ['list', { ...marking, TERM: 'dumb' }],
  ['list', { PAGER: 'no-such-pager -x' }],
  ['list', { PAGER: '/' }],
] as const)('%s with %j has none', async ([line, env]) => {
  const { exitCode, raw } = await onTerminal(`orderflow-customers ${line} --org acme`, options(env));
  expect(exitCode).toBe(0);
  expect(raw).not.toMatch(/paged:|error/);
  expect(raw.includes('Müller 1001')).toBe(!line.includes('--quiet'));
});

test('is not used when piped', async () => {
  const { raw } = await onTerminal('orderflow-customers list --org acme | tail -n 1', options(marking));
  expect(raw).toMatch(/^1050\t/);
});

test.for(['true', 'false', 'head -n 3', 'exit 127 | head -n 1'])(
  'one that quits early is no error: %s',
  async (PAGER) => {
    const { exitCode, raw } = await onTerminal(
      'orderflow-customers list --org acme --all',
      options({ PAGER }),
    );
    expect(exitCode).toBe(0);
    expect(raw).not.toMatch(/error|EPIPE|interrupted/);
  },
);

describe('less', () => {
  test('is the default; Ctrl-C is a key to it', async () => {
    const terminal = startTerminal('exec orderflow-customers list --org acme --all', options());
    await terminal.until('Müller 1010');
    terminal.type(ctrlC);
    terminal.type('/Müller 3999\r');
    await terminal.until(/Müller.* 3999/);
    terminal.type('q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).not.toContain('interrupted');
  });
});
