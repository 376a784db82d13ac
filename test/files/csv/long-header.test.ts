import type { TableOptions } from '../../../src/files/table.ts';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { knownField } from '../../../src/import/columns/header-names.ts';
import { openCsvFile } from '../../../src/files/csv/csv-file.ts';
import { openSource } from '../../../src/files/source.ts';

const columns = (count: number) => Array.from({ length: count }, (_, index) => `Spalte ${index}`);
const row = (count: number) => `${Array.from({ length: count }, () => 'x').join(';')}\n`;

async function open(text: string, options: TableOptions = {}) {
  const stdin = Readable.from([Buffer.from(text)]);
  const source = await openSource('-', { stdin, cwd: '.' });
  return openCsvFile(source, { columnKey: knownField, ...options }).finally(() => source.close());
}

// 0.26 million characters are looked at for the delimiter; 30,000 columns have more.
test.each([20_000, 30_000, 100_000])('a header of %i columns is read', async (count) => {
  for (const before of ['', '\n\n', '\ufeff']) {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const text = `${before}name;${columns(count).join(';')}${lineEnd}${row(count + 1).repeat(3)}`;
      const { header } = await open(text);
      expect(header).toHaveLength(count + 1);
    }
  }
});

test('a header that is the whole file is read, too', async () => {
  expect((await open(`name;${columns(50_000).join(';')}`)).header).toHaveLength(50_001);
});

test('a first line that does not end is named, and so is the flag', async () => {
  const failure = { code: 'record_too_large', hint: expect.stringContaining('--row-limit') };
  await expect(open('\ufeffx'.padEnd(10e6, 'x'))).rejects.toMatchObject(failure);
  await expect(open('\ufeff'.padEnd(1e6, 'name;'), { recordLimit: 1000 })).rejects.toMatchObject(failure);
});
