import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseMapping } from '../../src/import/columns/mapping-file.ts';
import { run } from '../support/run.ts';
import { startTerminal } from '../support/terminal.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { buildTool } from '../support/tool.ts';
import { ctrlC, down, enter } from '../support/typing.ts';

const up = '\x1b[A';
let directory: ThrowAwayDirectory;
beforeAll(async () => {
  await buildTool();
  directory = await throwAwayDirectory();
});
afterAll(() => directory.remove());

const inDirectory = (name: string) => path.join(directory.path, name);
const read = async (name: string) => parseMapping(await readFile(inDirectory(name), 'utf8'), name);

/** Asks about a file in a pseudo-terminal. */
function guided(file: string, mapping: string, ...flags: string[]) {
  const line = `orderflow-customers inspect ${file} --save-mapping ${mapping} ${flags.join(' ')}`;
  return startTerminal(line, { cwd: directory.path, columns: 120 });
}

const table = [
  'Nummer;Firma;Memo;Land;PLZ Ort',
  '10001;Ärzte GmbH;ruft an;Deutschland;01067 Dresden',
  '10002;Béton SA;bar;Lummerland;1010 Wien',
  '10003;Café AG;Rampe;AT;8010 Graz',
];

test('goes back, corrects a column, and gives a value a meaning; the mapping reads every row', async () => {
  await writeFile(inDirectory('own.csv'), `${table.join('\n')}\n`);
  const asked = guided('own.csv', 'own.yaml');
  // Ignored, and after going back the number after all.
  await asked.step('(1/2) Column "Nummer": "10001", "10002", "10003"', down, enter);
  await asked.step('(2/2) Column "Memo"', down.repeat(4), enter);
  await asked.step('(1/2) Column "Nummer"', up, enter);
  await asked.step('(2/2) Column "Memo"', enter);
  await asked.step('Currency of the customers', 'EURX', enter);
  await asked.step('did you mean EUR?', '\x15EUR', enter);
  await asked.step('Language of the customers', 'de-AT', enter);
  await asked.step('Land has 1 value that is not valid for billing_country, in 1 row: "Lummerland" 1', enter);
  await asked.step('"Lummerland" (1 row) is the billing_country:', 'LU', enter);
  // The third column below "write" is the Memo.
  await asked.step('3 of 3 rows would be accepted', down.repeat(3), enter);
  await asked.step('Column "Memo"', down, enter);
  await asked.step('3 of 3 rows would be accepted', enter);
  expect(await asked.ended).toBe(0);
  expect(asked.shown()).toContain('wrote own.yaml: 4 of 5 columns are read, 3 of 3 rows would be accepted');
  expect(await read('own.yaml')).toMatchObject({
    columns: {
      Nummer: { fields: ['erp_customer_number'] },
      Firma: { fields: ['name'] },
      Memo: { fields: [] },
      Land: { fields: ['billing_country'], values: { Lummerland: 'LU' } },
      'PLZ Ort': { split: { by: ' ', fields: ['billing_postal_code', 'billing_city'] } },
    },
    constants: { default_currency: 'EUR', default_language: 'de-AT' },
  });
  const judged = await run(['inspect', 'own.csv', '--mapping', 'own.yaml', '--json'], {
    cwd: directory.path,
  });
  expect(judged.json()).toMatchObject({ importable: true, rows: 3, accepted: 3 });
}, 120_000);

test('fills two fields from one column, joins columns, and asks once for a blank currency', async () => {
  await writeFile(
    inDirectory('more.csv'),
    'Firma;A;B;Mail;Wkz\nX GmbH;eins;zwei;x@x.example;CHF\nY GmbH;drei;vier;y@y.example;\n',
  );
  const asked = guided('more.csv', 'more.yaml', '--default', 'language=de-DE');
  await asked.step('Column "Wkz": "CHF"', enter);
  // The menu is two below "ignore".
  await asked.step('Column "A"', down.repeat(2), enter);
  await asked.step('fills two fields', down, enter);
  await asked.step('Which field do they make up?', 'notes');
  await asked.step('❯ notes', enter);
  await asked.step('Which columns', down.repeat(2), ' ', enter);
  await asked.step('What is between them?', '\x15 / ', enter);
  await asked.step('Column "B"', enter);
  await asked.step('Currency where "Wkz" is blank (1 row)', 'EUR', enter);
  await asked.step('2 of 2 rows would be accepted', down.repeat(4), enter);
  await asked.step('Column "Mail"', down.repeat(3), enter);
  await asked.step('fills two fields', enter);
  await asked.step('First field?', 'email');
  await asked.step('❯ email', enter);
  await asked.step('Second field?', 'contact_email');
  await asked.step('❯ contact_email', enter);
  await asked.step('2 of 2 rows would be accepted', enter);
  expect(await asked.ended).toBe(0);
  expect(await read('more.yaml')).toMatchObject({
    columns: {
      Mail: { fields: ['email', 'contact_email'] },
      Wkz: { fields: ['default_currency'], values: { '': 'EUR' } },
    },
    join: [{ field: 'notes', columns: ['A', 'B'], with: ' / ' }],
    constants: { default_language: 'de-DE' },
  });
}, 120_000);

test('begins with the shipped mapping for an export of a known system', async () => {
  const sample = new URL('../../samples/sources/sage-50.csv', import.meta.url).pathname;
  const asked = guided(sample, 'sage.yaml');
  await asked.step('Start from the mapping sage-50?', enter);
  await asked.step('Language of the customers', 'de-DE', enter);
  expect(await asked.ended).toBe(0);
  expect(await read('sage.yaml')).toMatchObject({
    columns: { Kundennummer: { fields: ['erp_customer_number'] } },
    constants: { default_language: 'de-DE' },
  });
}, 120_000);

test('writes nothing after Ctrl-C', async () => {
  await writeFile(inDirectory('own.csv'), `${table.join('\n')}\n`);
  const asked = guided('own.csv', 'none.yaml');
  await asked.step('Column "Nummer"', ctrlC);
  expect(await asked.ended).toBe(130);
  await expect(read('none.yaml')).rejects.toThrow('ENOENT');
}, 120_000);
