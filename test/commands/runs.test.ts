import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';

let database: TestDatabase;
let runs: { id: string; file: string }[];

beforeAll(async () => {
  database = await testDatabase();
  for (const file of ['customers', 'row-errors']) {
    await tool(['import', `samples/${file}.csv`, '--org', 'acme', '--create-org', '--no-rejects']);
  }
  await tool(['import', 'samples/customers.csv', '--org', 'acme', '--dry-run']);
  await tool(['import', 'samples/customers.csv', '--org', 'other', '--create-org']);
  runs = (await tool(['runs', 'list', '--org', 'acme', '--json'])).json().items;
});
afterAll(() => database.close());

function tool(argv: string[], options: RunOptions = {}) {
  return run(argv, { database, ...options });
}

describe('runs list', () => {
  test('has the committed runs of the org, the newest first', async () => {
    const document = (await tool(['runs', 'list', '--org', 'acme', '--json'])).json();
    expect(document.total).toBe(2);
    expect(document.items).toMatchObject([
      { file: 'samples/row-errors.csv', rows: 27, imported: 3, failed: 24, warnings: 1, rejects_file: null },
      { file: 'samples/customers.csv', rows: 12, imported: 12, contacts_imported: 12, failed: 0 },
    ]);
  });

  test('--limit takes the newest', async () => {
    const { items, total } = (await tool(['runs', 'list', '--org', 'acme', '--limit', '1', '--json'])).json();
    expect(items.map(({ file }: { file: string }) => file)).toEqual(['samples/row-errors.csv']);
    expect(total).toBe(2);
    expect(await tool(['runs', 'list', '--org', 'acme', '--limit', '0'])).toMatchObject({ exitCode: 2 });
  });

  test('fits a terminal of 80 columns, with ids long enough to be distinguished', async () => {
    const { stdout } = await tool(['runs', 'list', '--org', 'acme'], {
      terminal: { columns: 80 },
      env: { NO_COLOR: '1' },
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^FINISHED +FILE +ROWS +\+ +~ +=/);
    expect(lines.slice(1).map((line) => line.split(' ').at(-1))).toEqual(
      runs.map(({ id }) => id.slice(0, 13)),
    );
  });

  test('keeps time, rejected rows and id on the narrowest of terminals', async () => {
    const { stdout } = await tool(['runs', 'list', '--org', 'acme'], {
      terminal: { columns: 40 },
      env: { NO_COLOR: '1' },
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^FINISHED .* ! +ID$/);
    expect(lines[1]).toMatch(new RegExp(` 24 +${runs[0]!.id.slice(0, 13)}$`));
  });

  test('piped, it has whole ids and tabs', async () => {
    const { stdout } = await tool(['runs', 'list', '--org', 'acme']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t').at(-1)),
    ).toEqual(runs.map(({ id }) => id));
  });

  test('of an org without imports is empty, and that is a success', async () => {
    await tool(['org', 'create', 'empty', '--name', 'Empty']);
    expect(await tool(['runs', 'list', '--org', 'empty'])).toMatchObject({ exitCode: 0, stdout: '' });
  });
});

describe('runs show', () => {
  test('takes the id, or its beginning as the list shows it', async () => {
    const [newest] = runs;
    for (const ref of [newest!.id, newest!.id.slice(0, 13), newest!.id.toUpperCase()]) {
      const shown = await tool(['runs', 'show', ref, '--org', 'acme', '--json']);
      expect(shown.exitCode).toBe(0);
      expect(shown.json()).toMatchObject({ id: newest!.id, settings: { blank: 'clear' } });
    }
  });

  test('a beginning that several have is ambiguous, and they are named', async () => {
    const twins = ['00000000-aaaa-7000-8000-000000000001', '00000000-aaaa-7000-8000-000000000002'];
    await tool(['org', 'create', 'twins', '--name', 'Twins']);
    const connection = await database.open();
    for (const twin of twins) {
      await connection.execute(sql`
        insert into customer_import_run (id, org_id, file, started_at, finished_at, tool_version)
        select ${twin}, id, 'twin.csv', now(), now(), '0.1.0'
        from org
        where slug = 'twins'`);
    }
    const { exitCode, stderr } = await tool(['runs', 'show', '00000000-aaaa', '--org', 'twins']);
    expect(exitCode).toBe(4);
    for (const id of twins) expect(stderr).toContain(id);
    const { stdout } = await tool(['runs', 'list', '--org', 'twins'], {
      terminal: { columns: 120 },
      env: { NO_COLOR: '1' },
    });
    for (const id of twins) expect(stdout).toContain(id);
  });

  test.for(['0', 'nonsense', '%', ''])('%j is not a run', async (ref) => {
    const { exitCode, stderr } = await tool(['runs', 'show', ref, '--org', 'acme']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`error: import run "${ref}" not found in org acme\n`);
  });

  test('a run of another org is not found', async () => {
    const others = (await tool(['runs', 'list', '--org', 'other', '--json'])).json();
    const foreign = others.items[0].id;
    expect(await tool(['runs', 'show', foreign, '--org', 'acme'])).toMatchObject({ exitCode: 4 });
  });

  test('on a terminal it is a page to read', async () => {
    const { stdout } = await tool(['runs', 'show', runs[0]!.id, '--org', 'acme'], {
      terminal: { columns: 80 },
      env: { NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/^samples\/row-errors\.csv\n\nFinished +\d{4}-\d\d-\d\d \d\d:\d\d, after /);
    expect(stdout).toMatch(/^Customers +\+ 3 imported {2}~ 0 updated {2}= 0 unchanged$/m);
    expect(stdout).toMatch(/^Rejected +24$/m);
  });
});

test('a hostile file name does not affect the terminal', async () => {
  const connection = await database.open();
  const [written] = await connection.query<{ id: string }>(sql`
    with hostile as (insert into org (name, slug) values ('Hostile', 'hostile') returning id)
    insert into customer_import_run (org_id, file, started_at, finished_at, tool_version)
    select id, ${'\x1b[2J\u202eÄ.csv'}, now(), now(), '0.1.0'
    from hostile
    returning id`);
  for (const options of [{}, { terminal: { columns: 120 }, env: { NO_COLOR: '1' } }] as RunOptions[]) {
    for (const argv of [['list'], ['show', written!.id]]) {
      const { stdout, stderr } = await tool(['runs', ...argv, '--org', 'hostile'], options);
      expect(stdout).toContain('Ä.csv');
      expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  }
});
