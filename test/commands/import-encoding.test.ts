import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const text =
  'erp_customer_number;name;default_currency;default_language\r\n' +
  '1;Bäckerei Müller & Söhne;EUR;de-DE\r\n' +
  '2;Straßen-Café Köln;EURX;de-DE\r\n';
const names = async (org: { id: string }) => (await setting.stored(org)).map(({ name }) => name);

test.each([
  ['UTF-8', { addBOM: false }, []],
  ['UTF-8', { addBOM: true }, []],
  ['UTF-16LE', { addBOM: false }, []],
  ['UTF-16LE', { addBOM: true }, []],
  ['UTF-16BE', { addBOM: true }, []],
  ['win1252', { addBOM: false }, []],
  ['CP850', { addBOM: false }, ['--encoding', 'cp850']],
  ['macroman', { addBOM: false }, ['--encoding', 'MacRoman']],
])('rejects of a file in %s %j keep the encoding, and can be fixed', async (encoding, bom, flags) => {
  const org = await setting.newOrg();
  const bytes = iconv.encode(text, encoding, bom);
  const { report, exitCode } = await setting.importText(org, bytes, { flags });
  expect({ exitCode, imported: report.imported, failed: report.failed }).toEqual({
    exitCode: 3,
    imported: 1,
    failed: 1,
  });
  const rejects = path.join(setting.directory, `customers.csv.${org.slug}.rejected.csv`);
  const written = await readFile(rejects);
  const mark = iconv.encode('\ufeff', encoding, { addBOM: false });
  expect(written.subarray(0, mark.length).equals(mark)).toBe(bom.addBOM);
  expect(written.includes(iconv.encode('2;Straßen-Café Köln;EURX;de-DE', encoding, { addBOM: false }))).toBe(
    true,
  );
  const mended = iconv.decode(written, encoding, { stripBOM: false }).replace(';EURX;', ';EUR;');
  await writeFile(rejects, iconv.encode(mended, encoding, { addBOM: false }));
  const again = await setting.importText(org, null, {
    flags,
    name: `customers.csv.${org.slug}.rejected.csv`,
  });
  expect(again.report).toMatchObject({ ok: true, imported: 1 });
  expect(await names(org)).toEqual(['Bäckerei Müller & Söhne', 'Straßen-Café Köln']);
});

test('a file that reads better in another encoding is refused before anything is written', async () => {
  const org = await setting.newOrg();
  const { report, exitCode } = await setting.importText(org, iconv.encode(text, 'cp850'));
  expect(exitCode).toBe(5);
  expect(report.error).toMatchObject({
    code: 'unsupported_encoding',
    hint: 'if that line is right: --encoding cp850; if not: --encoding windows-1252',
  });
  expect(await names(org)).toEqual([]);
});

test('a byte that Windows-1252 leaves undefined rejects its row by name, and is in the rejects unchanged', async () => {
  const org = await setting.newOrg();
  const bytes = Buffer.from(
    `${text.replace('EURX', 'EUR').replaceAll('ß', '\xdf')}3;M\x81ller;EUR;de-DE\r\n`,
    'latin1',
  );
  const { report } = await setting.importText(org, bytes);
  expect(report).toMatchObject({ imported: 2, failed: 1 });
  expect(report.errors[0]).toMatchObject({ line: 4, column: 'name', code: 'invalid_encoding' });
  expect(report.errors[0].error).toContain('holds the byte 0x81, which is not Windows-1252');
  const written = await readFile(path.join(setting.directory, `customers.csv.${org.slug}.rejected.csv`));
  expect(written.includes(Buffer.from('3;M\x81ller;EUR', 'latin1'))).toBe(true);
});

test('the next command names an encoding that a few rows may not show', async () => {
  const org = await setting.newOrg();
  await writeFile(path.join(setting.directory, 'ansi.csv'), iconv.encode(text, 'win1252'));
  const { stderr } = await run(['import', 'ansi.csv', '--org', org.slug], {
    database: setting.server,
    cwd: setting.directory,
  });
  expect(stderr).toContain('--encoding windows-1252');
});

test('an unknown encoding is a usage error', async () => {
  const org = await setting.newOrg();
  const { report, exitCode } = await setting.importText(org, text, { flags: ['--encoding', 'cp85'] });
  expect(exitCode).toBe(2);
  expect(report.error.message).toBe('--encoding: unknown encoding "cp85"');
});

test('standard input in UTF-16 is read like a file', async () => {
  const org = await setting.newOrg();
  const bytes = iconv.encode(text, 'UTF-16LE', { addBOM: false });
  const result = await run(['import', '-', '--org', org.slug, '--json', '--no-rejects', '--create-org'], {
    database: setting.server,
    cwd: setting.directory,
    stdin: Array.from(bytes, (byte) => Buffer.from([byte])),
  });
  expect(result.exitCode).toBe(3);
  expect(result.json()).toMatchObject({ imported: 1, failed: 1 });
});
