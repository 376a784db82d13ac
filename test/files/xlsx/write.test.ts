import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByteSink } from '../../../src/files/byte-sink.ts';
import { openTableFile } from '../../../src/files/table-file.ts';
import { openPackage } from '../../../src/files/xlsx/package.ts';
import { createWorkbookWriter } from '../../../src/files/xlsx/write.ts';
import { sourceOf } from './source-of.ts';

function memory(failing = false) {
  const chunks: Buffer[] = [];
  const seen: string[] = [];
  const sink: ByteSink = {
    open: async () => void seen.push('open'),
    async write(bytes) {
      if (failing) throw new Error('the disk is full');
      chunks.push(bytes);
      return true;
    },
    finish: async () => void seen.push('finish'),
    discard: async () => void seen.push('discard'),
  };
  return { sink, seen, bytes: () => Buffer.concat(chunks) };
}

async function write(rows: string[][], sheet = 'Sheet & "more"'): Promise<Buffer> {
  const { sink, seen, bytes } = memory();
  const writer = createWorkbookWriter(sink, { sheet, widths: rows[0]?.map(() => 20) ?? [] });
  await writer.open();
  for (const row of rows) {
    writer.add(row);
    await writer.flush();
  }
  await writer.finish();
  expect(seen).toEqual(['open', 'finish']);
  return bytes();
}

async function read(bytes: Buffer) {
  const file = await openTableFile(sourceOf(bytes), {});
  const rows: { cells: string[]; marks: unknown }[] = [];
  const reading = file.read({ row: (cells, _line, marks) => rows.push({ cells, marks }), fault: () => {} });
  while ((await reading.next()).done !== true);
  return { header: file.header, how: file.dialect.how, rows };
}

async function partOf(bytes: Buffer, name: string): Promise<string> {
  const parts = await openPackage(sourceOf(bytes));
  const chunks: Buffer[] = [];
  for await (const chunk of parts.part(name)) chunks.push(chunk);
  parts.close();
  return Buffer.concat(chunks).toString('utf8');
}

test('what is written is read again, every cell as text', async () => {
  const rows = [
    ['a', 'b', 'c'],
    ['00123', '+49', '=1+1'],
    [' x ', '', 'line\nbreak'],
    ['<&>"]]>', '\u00a0', '_x000D_'],
    ['\r\n', '1E5', '\u0001\ufffe'],
  ];
  const { header, how, rows: found } = await read(await write(rows));
  expect({ header, how }).toEqual({ header: rows[0], how: 'the sheet Sheet & "more" of a workbook' });
  expect(found).toEqual(rows.slice(1).map((cells) => ({ cells, marks: undefined })));
});

test('whatever a text holds, it is read as it was', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({
      unit: fc.constantFrom(...'_x000D5Ff&<>"\'\r\n\t \u00a0\u2028\ud83d\ude00a'.split('')),
      maxLength: 12,
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), async (rows) => {
      // A row of blanks is none; the first cell keeps each. In an export, quotes around a text are its own.
      const marked = rows.map(([one, other]) => ['.', one, other]);
      const { rows: found } = await read(await write([['_orderflow_id', 'one', 'other'], ...marked]));
      expect(found.map(({ cells }) => cells)).toEqual(marked);
    }),
    { numRuns: 50 },
  );
});

test('the header stays in sight, and blank cells are text as well', async () => {
  const bytes = await write([
    ['a', 'b'],
    ['1', ''],
  ]);
  const sheet = await partOf(bytes, 'xl/worksheets/sheet1.xml');
  expect(sheet).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
  expect(sheet).toContain('<col min="2" max="2" width="20" style="1" customWidth="1"/>');
  expect(sheet).toContain('<row r="2"><c r="A2" s="1" t="inlineStr"><is><t>1</t></is></c></row>');
  expect(sheet).toContain('<ignoredError sqref="A1:B2" numberStoredAsText="1"/>');
  expect(await partOf(bytes, 'xl/styles.xml')).toContain(
    '<xf numFmtId="49" applyNumberFormat="1" xfId="0"/>',
  );
});

test('a sink that takes no more ends the writing', async () => {
  const { sink, seen } = memory(true);
  const writer = createWorkbookWriter(sink, { sheet: 'a', widths: [20] });
  await writer.open();
  const writing = async () => {
    for (;;) {
      writer.add([Math.random().toString(36).repeat(1000)]);
      await writer.flush();
    }
  };
  await expect(writing()).rejects.toThrow('the disk is full');
  await writer.discard();
  expect(seen).toEqual(['open', 'discard']);
});
