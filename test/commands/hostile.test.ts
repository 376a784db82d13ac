import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { printable } from '../../src/model/printable.ts';
import { csv, customerRow } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { RunOptions, RunResult } from '../support/run.ts';
import { run } from '../support/run.ts';

/* Whatever names, headers, files, flags and servers say, a terminal is not made to do anything by it. */

/** Sets the title, clears the screen, overprints, rings; turns, hides and breaks what stands beside it. */
const hostile =
  'a\x1b]0;owned\x07b\x1b[2Jc\x1b[31md\re\x08f\x9b2Jg\x7fh\u202ei\u2066j\u200bk\ufeffl\u2028m\u2029n\u061co\u00adp\u{e0041}q';
/** The same as a file may be called. */
const hostileFile = `${hostile}.csv`;

const raws =
  // oxlint-disable-next-line no-misleading-character-class
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u;
/** The tool's own colours. */
const colours = /\x1b\[\d+(?:;\d+)*m/g;

let setting: ImportSetting;
let org: Organization;
let runId: string;
let twinId: string;

beforeAll(async () => {
  setting = await importSetting();
  org = await setting.newOrg();
  const { database, directory } = setting;
  await database.execute(sql`update org set name = ${hostile} where id = ${org.id}`);
  const address = {
    street: hostile,
    street2: hostile,
    city: hostile,
    postal_code: hostile,
    state: hostile,
    country: 'DE',
  };
  for (const erp of [hostile, '4711'])
    await insertCustomer(database, org, {
      name: hostile,
      erp_customer_number: erp,
      email: hostile,
      default_currency: hostile,
      default_language: hostile,
      billing_address: address,
      shipping_address: address,
      notes: `${hostile}\n${hostile}`,
      contacts: [{ email: hostile, name: hostile, phone: hostile, role: hostile, is_primary: true }],
    });
  // Two that one ref fits.
  twinId = await insertCustomer(database, org, { name: hostile });
  await insertCustomer(database, org, { name: hostile, erp_customer_number: twinId });
  const [ledger] = await database.query<{ id: string }>(sql`
    insert into customer_import_run (
      org_id, file, file_size, started_at, finished_at, duration_ms,
      rows, imported, updated, unchanged, superseded, failed,
      contacts_imported, contacts_updated, contacts_unchanged,
      warnings, rejects_file, settings, tool_version
    )
    values (
      ${org.id}, ${hostile}, 1, now(), now(), 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, ${hostile},
      ${JSON.stringify({ encoding: hostile, delimiter: hostile, sheet: hostile, mapping: hostile, [hostile]: hostile })},
      ${hostile}
    )
    returning id`);
  runId = ledger?.id ?? '';
  const write = (name: string, text: string | Buffer) => writeFile(path.join(directory, name), text);
  const ignored = `"${hostile}"`;
  await write(
    'ignored.csv',
    `name,default_currency,default_language,${ignored}\n${`Müller,EUR,de,x\n`.repeat(400)}Schmidt,EUR,de,${ignored}\n`,
  );
  // Many such characters make a file binary; in a real one they are few.
  const usual = Array.from({ length: 400 }, (_, index) =>
    customerRow({ erp_customer_number: String(index + 1), notes: 'Anlieferung nur vormittags, Tor 3' }),
  );
  const headed = csv([{ ...customerRow({ erp_customer_number: 'x1' }), [hostile]: hostile }, ...usual]);
  await write(hostileFile, headed);
  const every = Object.fromEntries(
    [
      'name',
      'email',
      'erp_customer_number',
      'default_currency',
      'default_language',
      'is_active',
      'billing_country',
    ]
      .concat('billing_street', 'notes', 'contact_email', 'contact_phone', 'contact_is_primary')
      .map((name) => [name, hostile]),
  );
  await write(
    'rows.csv',
    csv([customerRow({ erp_customer_number: 'x2', ...every }), customerRow(every), ...usual]),
  );
  await write('only-unknown.csv', `${hostile};${hostile}2\n${'1;2\n'.repeat(2000)}`);
  await write('twice.csv', `name,${hostile},${hostile}\n${'1,2,3\n'.repeat(2000)}`);
  await write('unclosed.csv', `${csv(usual)}"${hostile},EUR,de-DE,1,\n`);
  await write('above.csv', `${hostile}\n${headed}`);
  await write('broken.gz', Buffer.from(`\x1f\x8b${hostile}`, 'latin1'));
  await write('mapping.yaml', `columns:\n  ${JSON.stringify(hostile)}: notes\nother_columns: ignore\n`);
  await write('bad-mapping.yaml', `columns:\n  ${JSON.stringify(hostile)}: ${JSON.stringify(hostile)}\n`);
  await write('unknown-mapping.yaml', `${JSON.stringify(hostile)}: 1\n`);
  const change = { ref: '4711', name: hostile, [hostile]: hostile };
  await write('changes.json', JSON.stringify([change, { ref: hostile, notes: 1 }]));
  await write('broken.json', `[{"ref": "4711", "${hostile}": `);
  await write('tagged.yaml', `columns: !${hostile} 1\n`);
});
afterAll(() => setting.close());

/** With `ORG` and `RUN` for what is made above. */
const commandLines: string[][] = [
  [hostile],
  ['list', `--${hostile}`],
  ['help', hostile],
  ['org', 'list'],
  ['org', hostile],
  ['org', 'create', hostile, '--name', 'x'],
  ['org', 'create', 'hostile-name', '--name', hostile],
  ['org', 'create', 'too-long', '--name', hostile.repeat(20)],
  ['list', '--org', 'ORG'],
  ['list', '--org', 'ORG', '--per-page', '1'],
  ['list', '--org', 'ORG', '--q', hostile],
  ['list', '--org', 'ORG', '--erp-number', hostile],
  ['list', '--org', 'ORG', '--page', hostile],
  ['list', '--org', hostile],
  ['show', hostile, '--org', 'ORG'],
  ['show', '4711', '--org', 'ORG'],
  ['show', 'TWIN', '--org', 'ORG'],
  ['show', `${hostile}!`, '--org', 'ORG'],
  ['runs', 'list', '--org', 'ORG'],
  ['runs', 'show', 'RUN', '--org', 'ORG'],
  ['runs', 'show', hostile, '--org', 'ORG'],
  ['migrate', '--status'],
  ['embedded', 'status'],
  ['import', hostileFile, '--org', 'ORG'],
  ['import', hostileFile, '--org', 'ORG', '--mapping', 'mapping.yaml', '--dry-run'],
  ['import', hostileFile, '--org', hostile, '--create-org'],
  ['import', `no${hostileFile}`, '--org', 'ORG'],
  ['import', 'rows.csv', '--org', 'ORG', '--rejects', `${hostile}.out`],
  ['import', 'rows.csv', '--org', 'ORG', '--rejects', `none/${hostile}.out`],
  ['import', 'rows.csv', '--org', 'ORG', '--atomic'],
  ['import', 'rows.csv', '--org', 'ORG', '--default', `currency=${hostile}`],
  ['import', 'rows.csv', '--org', 'ORG', '--default', `${hostile}=EUR`],
  ['import', 'rows.csv', '--org', 'ORG', '--max-errors', hostile],
  ['import', 'rows.csv', '--org', 'ORG', '--lock-wait', hostile],
  ['import', 'rows.csv', '--org', 'ORG', '--encoding', hostile],
  ['import', 'rows.csv', '--org', 'ORG', '--delimiter', hostile],
  ['import', 'rows.csv', '--org', 'ORG', '--sheet', hostile],
  ['import', 'rows.csv', '--org', 'ORG', '--mapping', 'bad-mapping.yaml'],
  ['import', 'rows.csv', '--org', 'ORG', '--mapping', 'unknown-mapping.yaml'],
  ['import', 'rows.csv', '--org', 'ORG', '--mapping', 'tagged.yaml'],
  ['import', 'rows.csv', '--org', 'ORG', '--mapping', hostile],
  ['import', 'rows.csv', '--org', 'ORG', '--database', `host=/none/${hostile} dbname='${hostile}'`],
  ['import', 'rows.csv', '--org', 'ORG', '--database', `host=/none '${hostile}'=1`],
  ...[
    'only-unknown.csv',
    'twice.csv',
    'unclosed.csv',
    'above.csv',
    'broken.gz',
    hostileFile,
    'rows.csv',
  ].flatMap((file) => [
    ['import', file, '--org', 'ORG', '--dry-run'],
    ['inspect', file],
  ]),
  ['inspect', hostileFile, '--rows', `${hostile}.rows`, '--report', `${hostile}.json`],
  ['inspect', hostileFile, '--save-mapping', `${hostile}.yaml`],
  ['inspect', hostileFile, '--mapping', 'mapping.yaml'],
  ['search', hostile, '--org', 'ORG'],
  ['search', '4711', '--org', 'ORG'],
  ['search', `${hostile}!`, '--org', 'ORG'],
  ['search', '--email', hostile, '--org', 'ORG'],
  ['search', '4711', '--org', 'ORG', '--columns', hostile],
  ['search', '4711', '--org', 'ORG', '--output', hostile],
  ['list', '--org', 'ORG', '--columns', 'name,notes,billing_city'],
  ['list', '--org', 'ORG', '--output', 'json'],
  ['list', '--org', 'ORG', '--output', 'ndjson'],
  ['list', '--org', 'ORG', '--sort', hostile],
  ['list', '--org', 'ORG', '--limit', hostile],
  ['list', '--org', 'ORG', '--timeout', hostile],
  ['list', '--org', 'ORG', '--profile', hostile],
  ['list', '--org', 'ORG', '--color', hostile],
  ['create', '--org', 'ORG', '--name', hostile, '--currency', hostile, '--language', hostile],
  ['create', '--org', 'ORG', '--name', 'x', '--currency', 'EUR', '--language', 'de', '--erp-number', hostile],
  [
    'create',
    '--org',
    'ORG',
    '--name',
    'x',
    '--currency',
    'EUR',
    '--language',
    'de',
    '--contact-email',
    hostile,
  ],
  ['create', '--org', 'ORG', '--name', 'x', '--currency', 'EUR', '--language', 'de', '--erp-number', '4711'],
  ['create', '--org', hostile, '--name', 'x'],
  ['update', '4711', '--org', 'ORG', '--name', 'plain', '--notes', 'plain', '--dry-run'],
  ['update', '4711', '--org', 'ORG', '--name', hostile],
  ['update', '4711', '--org', 'ORG', '--billing-city', hostile],
  ['update', '4711', '--org', 'ORG', '--clear', hostile],
  ['update', '4711', '--org', 'ORG', '--erp-number', 'TWIN'],
  ['update', hostile, '--org', 'ORG', '--active', '--clear', 'notes', '--dry-run'],
  ['update', `${hostile}!`, '--org', 'ORG', '--active'],
  ['update', 'TWIN', '--org', 'ORG', '--active'],
  ['update', '--org', 'ORG', '--from-json', hostile],
  ['update', '--org', 'ORG', '--from-json', 'changes.json'],
  ['update', '--org', 'ORG', '--from-json', 'broken.json'],
  ['contact', 'list', '4711', '--org', 'ORG'],
  ['contact', 'list', hostile, '--org', 'ORG'],
  ['contact', 'list', `${hostile}!`, '--org', 'ORG'],
  ['contact', 'add', '4711', '--org', 'ORG', '--email', hostile],
  ['contact', 'add', '4711', '--org', 'ORG', '--email', 'a@b.example', '--name', hostile, '--role', hostile],
  ['contact', 'update', '4711', hostile, '--org', 'ORG', '--role', hostile],
  ['contact', 'update', '4711', hostile, '--org', 'ORG', '--primary'],
  ['contact', 'update', '4711', `${hostile}!`, '--org', 'ORG', '--primary'],
  ['contact', 'remove', '4711', hostile, '--org', 'ORG'],
  ['contact', 'remove', '4711', `${hostile}!`, '--org', 'ORG', '--yes'],
  ['export', '--org', 'ORG', '--output', `${hostile}.all.csv`],
  ['export', '--org', 'ORG', '--output', `none/${hostile}.all.csv`],
  ['export', '--org', 'ORG', '--encoding', hostile],
  ['export', '--org', 'ORG', '--encoding', 'windows-1252', '--output', `${hostile}.all.csv`],
  ['export', '--org', 'ORG', '--delimiter', hostile],
  ['export', '--org', hostile],
  ['doctor'],
  ['doctor', '--database', `host=/none/${hostile}`],
  ['config', 'show'],
  ['config', 'show', '--profile', hostile],
  ['config', hostile],
  ['access', 'list', '--org', 'ORG'],
  ['access', 'grant', hostile, '--org', 'ORG', '--role', 'VIEWER'],
  ['access', 'grant', 'x', '--org', 'ORG', '--role', hostile],
  ['access', 'grant', hostile, '--org', 'ORG', '--role', 'VIEWER', '--print-sql'],
  ['access', 'revoke', hostile, '--org', 'ORG'],
  ['whoami'],
  ['completion', hostile],
];

/** What is data when it is piped, byte for byte, but not on a terminal. */
const dataLines: string[][] = [
  ['export', '--org', 'ORG'],
  ['export', '--org', 'ORG', '--encoding', 'utf-16le'],
  ['export', '--org', 'ORG', '--encoding', 'latin1', '--delimiter', '\u202e'],
  ['inspect', hostileFile, '--rows', '-'],
  ['inspect', 'ignored.csv', '--rows', '-'],
  ['list', '--org', 'ORG', '--output', 'csv'],
  ['list', '--org', 'ORG', '--output', 'tsv'],
  ['search', '4711', '--org', 'ORG', '--output', 'csv'],
  ['contact', 'list', '4711', '--org', 'ORG', '--output', 'csv'],
  ['runs', 'list', '--org', 'ORG', '--output', 'csv'],
];

const screens: [string, RunOptions, string[]][] = [
  ['piped', {}, []],
  ['as JSON', {}, ['--json']],
  ['on a narrow terminal', { terminal: { columns: 40 }, env: { NO_COLOR: '1' } }, ['--no-input']],
  ['in colour, with where failures come from', { terminal: { columns: 100 } }, ['--no-input', '--debug']],
];

describe.each(screens)('%s', (_name, options, flags) => {
  const lines = options.terminal !== undefined ? [...commandLines, ...dataLines] : commandLines;
  test.each(
    lines.map((words) => [printable(words.join(' ')).replaceAll(printable(hostile), 'X'), words] as const),
  )('%s', async (_title, words) => {
    const argv = words.map((word) =>
      word === 'ORG' ? org.slug : word === 'RUN' ? runId : word === 'TWIN' ? twinId : word,
    );
    const result = await tool([...argv, ...flags], options);
    // Of access to an org that nobody has, a pipe hears nothing.
    const isSilent = words[0] === 'access' && words[1] === 'list';
    expect(isSilent || result.stdout + result.stderr !== '').toBe(true);
    requireHarmless(result);
  });
});

test('text of a workbook in another encoding is not an escape sequence on a terminal', async () => {
  const other = await setting.newOrg();
  await insertCustomer(setting.database, other, { name: '嬛2J' });
  const options = { terminal: { columns: 80 } };
  const { stdout } = await tool(['export', '--org', other.slug, '--encoding', 'utf-16le'], options);
  expect(stdout).toContain('嬛2J');
});

test('piped, rows are unchanged', async () => {
  const { stdout } = await tool(['inspect', 'ignored.csv', '--rows', '-']);
  expect(stdout).toContain(hostile);
});

test('questions are asked of what is printable', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  // One answer to each question, as somebody would give them who presses Enter.
  const typing = setInterval(() => stdin.write('\r'), 100);
  const { stdout, stderr } = await tool(['inspect', hostileFile, '--save-mapping', 'asked.yaml'], {
    terminal: { columns: 100 },
    stdin,
  });
  clearInterval(typing);
  expect(stderr).toContain('owned');
  // A prompt moves the cursor itself; it does not set titles, ring, clear the screen or turn the text.
  expect(stdout + stderr).not.toMatch(
    /\x1b\]|\x07|\x1b\[2J|[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u,
  );
});

test('what the server says is printable', async () => {
  const { database } = setting;
  const said = `U&'${Array.from(hostile, (character) => `\\+${character.codePointAt(0)?.toString(16).padStart(6, '0')}`).join('')}'`;
  await database.execute(
    raw(`
      create function speak() returns trigger language plpgsql as $$ begin
        raise notice '%', ${said};
        raise exception '%', ${said} using detail = ${said}, hint = ${said};
      end $$;
      create trigger speak before insert on customer for each row execute function speak()`),
  );
  try {
    const own = await setting.newOrg();
    for (const [, options, flags] of screens) {
      const result = await tool(['import', hostileFile, '--org', own.slug, ...flags], options);
      expect(result.exitCode).toBe(1);
      expect(result.stdout + result.stderr).toContain('owned');
      requireHarmless(result);
    }
  } finally {
    await database.execute(raw('drop function speak cascade'));
  }
});

test('SQL and names of object properties are data everywhere', async () => {
  const own = await setting.newOrg();
  const names = [
    "'; drop table customer; --",
    '$1',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ];
  const rows = names.map((name) => ({
    ...customerRow({
      erp_customer_number: name,
      name,
      notes: name,
      contact_email: 'a@example.com',
      contact_name: name,
    }),
    ...Object.fromEntries(names.filter((each) => each !== '__proto__').map((each) => [each, each])),
  }));
  const [header, ...lines] = csv(rows).trimEnd().split('\n');
  const text = [`${header},__proto__`, ...lines.map((line) => `${line},polluted`)].join('\n');
  expect((await setting.importText(own, text)).report).toMatchObject({ ok: true, imported: names.length });
  expect((await setting.stored(own)).map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  for (const name of names) {
    const shown = await tool(['show', name, '--org', own.slug, '--json']);
    expect(shown.json()).toMatchObject({ name, notes: name });
    expect((await tool(['list', '--org', name])).exitCode).toBe(4);
    const created = await tool(['org', 'create', name, '--name', name]);
    expect(created.exitCode).toBe(name === 'constructor' ? 0 : 2);
    expect((await tool(['runs', 'show', name, '--org', own.slug])).exitCode).toBe(4);
    const defaulted = await tool(['import', 'rows.csv', '--org', own.slug, '--default', `${name}=x`]);
    expect(defaulted.exitCode).toBe(2);
    expect((await tool(['list', '--org', own.slug, '--q', name, '--json'])).json().total).toBe(1);
  }
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

function tool(argv: string[], options: RunOptions = {}): Promise<RunResult> {
  return run(argv, { database: setting.server, cwd: setting.directory, ...options });
}

function requireHarmless({ stdout, stderr }: RunResult): void {
  // A slow server brings the line of progress, which the tool erases.
  const printed = (stdout + stderr).replaceAll(colours, '').replaceAll('\r\x1b[K', '');
  const found = raws.exec(printed);
  const place =
    found === null ? '' : JSON.stringify(printed.slice(Math.max(0, found.index - 80), found.index + 20));
  expect(place).toBe('');
}
