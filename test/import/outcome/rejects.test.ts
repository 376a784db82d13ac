import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Codec } from '../../../src/files/encoding/codec.ts';
import { codecOf } from '../../../src/files/encoding/codecs.ts';
import { mapColumns } from '../../../src/import/columns/required-columns.ts';
import { rejectColumns } from '../../../src/files/csv/own-columns.ts';
import type { Reject, RejectsWriter } from '../../../src/import/outcome/rejects.ts';
import { createRejectsWriter } from '../../../src/import/outcome/rejects.ts';
import { restoreFormula } from '../../../src/model/spreadsheet-safety.ts';
import type { ThrowAwayDirectory } from '../../support/throw-away.ts';
import { throwAwayDirectory } from '../../support/throw-away.ts';
import { failureOf } from '../../files/csv/pieces.ts';
import { read } from '../../files/csv/read-records.ts';

let directory: ThrowAwayDirectory;
let utf8: Codec;
beforeAll(async () => {
  directory = await throwAwayDirectory();
  utf8 = await codecOf('UTF-8');
});
afterAll(() => directory.remove());

const place = (name: string) => path.join(directory.path, name);

function writerTo(
  target: string,
  header = ['name', 'notes'],
  {
    delimiter = ',',
    quote = '"',
    escape = quote,
    byteOrderMark = false,
    codec = utf8,
  }: { delimiter?: string; quote?: string; escape?: string; byteOrderMark?: boolean; codec?: Codec } = {},
): RejectsWriter {
  return createRejectsWriter({
    target,
    header,
    delimiter,
    quote,
    escape,
    encoding: { byteOrderMark },
    codec,
  });
}

const reject = (fields: Partial<Reject> = {}): Reject => ({
  row: 3,
  line: 4,
  cells: ['Müller', ''],
  raw: '',
  columns: ['notes'],
  codes: ['too_long'],
  errors: ['notes: "…" is too long'],
  ...fields,
});

let files = 0;

/** The bytes of a rejects file with these records. */
async function written(
  rejects: Reject[],
  header?: string[],
  options: {
    delimiter?: string;
    quote?: string;
    escape?: string;
    byteOrderMark?: boolean;
    codec?: Codec;
  } = {},
): Promise<Buffer> {
  const target = place(`${++files}.csv`);
  const writer = writerTo(target, header, options);
  for (const each of rejects) {
    writer.add(each);
    await writer.drained();
  }
  await writer.complete();
  await writer.publish();
  return readFile(target);
}

const recordsOf = (bytes: Buffer, delimiter = ',', format: { quote?: string; escape?: string } = {}) => {
  const { records, faults } = read(bytes.toString(), { delimiter, ...format });
  expect(faults).toEqual([]);
  return records.map(({ cells }) => cells);
};

describe('the file', () => {
  test('has the header and each record as it stood, and behind them where and why', async () => {
    const text = await written([
      reject(),
      reject({ row: 7, line: 9, columns: ['name', 'notes'], codes: ['a', 'b'], errors: ['x', 'y, z'] }),
    ]);
    expect(text.toString()).toBe(
      'name,notes,_row,_line,_column,_code,_error\n' +
        'Müller,,3,4,notes,too_long,"notes: ""…"" is too long"\n' +
        'Müller,,7,9,name notes,a b,"x | y, z"\n',
    );
  });

  test.each([',', ';', '\t', '|', ', '])('is delimited by %j as the input was', async (delimiter) => {
    const cells = [`a${delimiter}b`, 'c,d;e|f\tg'];
    const bytes = await written([reject({ cells })], undefined, { delimiter });
    const [header, record] = recordsOf(bytes, delimiter);
    expect(header).toEqual(['name', 'notes', ...rejectColumns]);
    expect(record?.slice(0, 2)).toEqual(cells);
  });

  test('begins with a byte order mark if the input did', async () => {
    expect((await written([reject()], undefined, { byteOrderMark: true })).toString()).toMatch(
      /^\ufeffname,notes,_row/,
    );
    expect((await written([reject()])).toString()).toMatch(/^name,notes,_row/);
  });

  test('has the input’s encoding, and bytes that it could not decode as they were', async () => {
    const codec = await codecOf('windows-1252');
    const bytes = await written([reject({ cells: ['Müller €', 'x'], errors: [] })], undefined, { codec });
    expect(bytes.includes(Buffer.from('M\xfcller \x80', 'latin1'))).toBe(true);
    const strange = await written([reject({ cells: ['M\udcfcller', 'ä'], errors: [] })]);
    expect(strange.includes(Buffer.from([0x4d, 0xfc, 0x6c]))).toBe(true);
    expect(strange.includes(Buffer.from('ä'))).toBe(true);
  });

  test('is for its owner alone', async () => {
    const writer = writerTo(place('private.csv'));
    writer.add(reject());
    await writer.complete();
    await writer.publish();
    expect((await stat(place('private.csv'))).mode & 0o077).toBe(0);
  });

  const anyCell = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', '\\', '"', ',', ';', '\n', '\r', '=', '+', "'", '-', '@', '\t', ' ', 'ä'),
      maxLength: 8,
    }),
    fc
      .string({ unit: 'binary', maxLength: 8 })
      .filter((text) => text.isWellFormed() && !/[\0\x1a]/.test(text)),
  );

  test.each([{ quote: '"' }, { quote: "'" }, { quote: '"', escape: '\\' }, { quote: "'", escape: '\\' }])(
    'gives back each cell when it is read with %j, and no cell that a spreadsheet would run',
    async (format) => {
      const { quote, escape = quote } = format;
      // Which of the two the backslash belongs to cannot be told, and the reader refuses it.
      const readable = anyCell.filter((cell) => escape !== quote || !cell.includes(`\\${quote}`));
      const table = fc.integer({ min: 1, max: 4 }).chain((width) =>
        fc.array(fc.array(readable, { minLength: width, maxLength: width }), {
          minLength: 1,
          maxLength: 5,
        }),
      );
      await fc.assert(
        fc.asyncProperty(table, fc.constantFrom(',', ';', '\t'), async (rows, delimiter) => {
          const header = (rows[0] as string[]).map((_, index) => `column ${index}`);
          const rejects = rows.map((cells) => reject({ cells }));
          const [, ...records] = recordsOf(
            await written(rejects, header, { delimiter, ...format }),
            delimiter,
            format,
          );
          expect(records.map((cells) => cells.slice(0, header.length).map(restoreFormula))).toEqual(rows);
          for (const cell of records.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
        }),
      );
    },
  );

  test('has a header that no spreadsheet runs, and that is found again', async () => {
    const header = ['-name', 'default_currency', 'default_language', '=cmd()'];
    const [first] = recordsOf(await written([reject({ cells: ['a', 'b', 'c', 'd'] })], header));
    expect(first?.slice(0, 4)).toEqual(["'-name", 'default_currency', 'default_language', "'=cmd()"]);
    expect(mapColumns(first as string[], {}).header.slice(0, 4)).toEqual(header);
  });
});

describe('a record that does not fit the header', () => {
  const header = ['name', 'notes', 'email'];
  const bodyOf = async (fields: Partial<Reject>, names = header) =>
    (recordsOf(await written([reject(fields)], names))[1] as string[]).slice(0, -rejectColumns.length);

  test('is there unchanged, too short or too long', async () => {
    expect(await bodyOf({ cells: ['a', 'b'] })).toEqual(['a', 'b']);
    expect(await bodyOf({ cells: ['a', 'b', 'c', 'd'] })).toEqual(['a', 'b', 'c', 'd']);
  });

  test('that could not be cut into cells is in one cell', async () => {
    expect(await bodyOf({ cells: undefined, raw: 'a,"b,c' })).toEqual(['a,"b,c']);
  });

  test('does not fit it by chance when it comes back', async () => {
    expect(await bodyOf({ cells: undefined, raw: '"b' }, ['name'])).toEqual(['"b', '']);
    expect(await bodyOf({ cells: ['a', 'b'] }, ['name', '_row', 'notes'])).toEqual(['a', 'b', '']);
  });
});

describe('records of a former rejects file', () => {
  const header = ['name', 'notes', ...rejectColumns];
  const why = ['2', '2', 'notes', 'too_long', 'notes: too long'];

  /** Header and records of the rejects file that an import of this one leaves. */
  const again = async (cells: string[], names = header) =>
    recordsOf(await written([reject({ cells })], names));

  test('have the reasons of this time, not of both', async () => {
    const [first, record] = await again(['Müller', 'x', ...why]);
    expect(first).toEqual(header);
    expect(record).toEqual(['Müller', 'x', '3', '4', 'notes', 'too_long', 'notes: "…" is too long']);
  });

  test('have them wherever the columns were moved to', async () => {
    const [first, record] = await again(
      ['2', 'Müller', '2', 'c', 'x', 'e', 'f'],
      ['_row', 'name', '_line', '_code', 'notes', '_column', '_error'],
    );
    expect(first).toEqual(header);
    expect(record?.slice(0, 3)).toEqual(['Müller', 'x', '3']);
  });

  test('have no reason of last time in a data column, however often they come back too short', async () => {
    let cells = ['Müller', ...why];
    for (let turn = 0; turn < 4; turn++) {
      cells = (await again(cells))[1] as string[];
      expect(cells).toEqual(['Müller', '3', '4', 'notes', 'too_long', 'notes: "…" is too long']);
    }
  });

  test('lose no cell if a person deleted the reasons', async () => {
    const wide = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', ...rejectColumns];
    const cells = ['1', '2', '3', '4', '5', '6', 'x', 'y'];
    expect((await again(cells, wide))[1]?.slice(0, 8)).toEqual(cells);
  });
});

describe('while it is written', () => {
  test('it has another name, which begins with a dot, and then its own', async () => {
    const home = place('naming');
    await mkdir(home);
    await writeFile(path.join(home, 'r.csv'), 'the old one');
    const writer = writerTo(path.join(home, 'r.csv'));
    writer.add(reject());
    expect(await writer.complete()).toBe(path.join(home, 'r.csv'));
    expect(await readFile(path.join(home, 'r.csv'), 'utf8')).toBe('the old one');
    expect(await readdir(home)).toEqual([expect.stringMatching(/^\.r\.csv\..*tmp$/), 'r.csv']);
    await writer.publish();
    expect(await readdir(home)).toEqual(['r.csv']);
    expect(await readFile(path.join(home, 'r.csv'), 'utf8')).toMatch(/^name,notes,_row/);
  });

  test('nothing is made until something is rejected', async () => {
    const home = place('nothing');
    await mkdir(home);
    const writer = writerTo(path.join(home, 'r.csv'));
    await writer.drained();
    expect(await writer.complete()).toBeNull();
    await writer.publish();
    expect(await readdir(home)).toEqual([]);
  });

  test.each<[string, (writer: RejectsWriter) => Promise<unknown>]>([
    ['before anything was written', async () => {}],
    ['half-way', (writer) => writer.drained()],
    ['when it was complete', (writer) => writer.complete()],
  ])('it can be discarded %s, and leaves nothing', async (when, step) => {
    const home = place(`discard-${when.length}`);
    await mkdir(home);
    const writer = writerTo(path.join(home, 'r.csv'));
    for (let row = 0; row < 2000; row++) writer.add(reject({ row }));
    await step(writer);
    await writer.discard();
    expect(await readdir(home)).toEqual([]);
  });

  test('it goes to the disk as it comes', async () => {
    const home = place('draining');
    await mkdir(home);
    const writer = writerTo(path.join(home, 'r.csv'));
    for (let row = 0; row < 2000; row++) writer.add(reject({ row }));
    await writer.drained();
    const [name] = await readdir(home);
    expect((await stat(path.join(home, name as string))).size).toBeGreaterThan(65_536);
    await writer.discard();
  });
});

async function failing(target: string) {
  const writer = writerTo(target);
  writer.add(reject());
  const failure = await failureOf(writer.complete());
  await writer.discard();
  return failure;
}

describe('it cannot be written', () => {
  test.each([
    ['where there is no such directory', 'nowhere/r.csv'],
    ['where a file stands in the place of a directory', 'file/r.csv'],
    ['where a directory has its name', 'taken'],
    ['where a name is too long', `${'x'.repeat(300)}.csv`],
  ])('%s', async (_name, target) => {
    await writeFile(place('file'), '');
    await mkdir(place('taken'), { recursive: true });
    const before = await readdir(directory.path);
    const failure = await failing(place(target));
    expect(failure).toMatchObject({
      code: 'rejects_unwritable',
      hint: 'name another place with --rejects PATH, or do without: --no-rejects',
      exitCode: 5,
    });
    expect(failure.message).toContain(`cannot write the rejects file ${place(target)}: `);
    expect(await readdir(directory.path)).toEqual(before);
  });

  test('in a read-only directory', async () => {
    const home = place('locked');
    await mkdir(home);
    await chmod(home, 0o555);
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      expect((await failing(path.join(home, 'r.csv'))).message).toContain('EACCES');
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  test('over a device, which renaming would replace', async () => {
    expect(await failing('/dev/null')).toMatchObject({ code: 'rejects_unwritable' });
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });
});
