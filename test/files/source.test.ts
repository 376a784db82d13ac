import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, open, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../src/files/source.ts';
import { openSource } from '../../src/files/source.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { failureOf } from './csv/pieces.ts';
import { processorTime } from '../support/processor-time.ts';

let directory: ThrowAwayDirectory;
beforeAll(async () => {
  directory = await throwAwayDirectory();
});
afterAll(() => directory.remove());

const place = (name: string) => path.join(directory.path, name);
const openHere = (file: string, stdin: Readable = Readable.from([])) =>
  openSource(file, { stdin, cwd: directory.path });

async function bytesOf(source: Source): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of source.chunks) chunks.push(chunk);
  } finally {
    source.close();
  }
  return Buffer.concat(chunks);
}

async function readHere(file: string, stdin?: Readable): Promise<Buffer> {
  return bytesOf(await openHere(file, stdin));
}

/** How many bytes came before the reading failed, and why it did. */
async function refusalOf(source: Source): Promise<{ bytes: number; error: unknown }> {
  let bytes = 0;
  try {
    for await (const chunk of source.chunks) bytes += chunk.length;
  } catch (error) {
    return { bytes, error };
  } finally {
    source.close();
  }
  throw new Error('it was read to its end');
}

/** Text that gzip cannot make small, so that it takes several chunks in either form. */
const longText = Array.from(
  { length: 20_000 },
  (_, index) => `${Math.imul(index, 2654435761)},Müller\n`,
).join('');

describe('a file', () => {
  test('is read whole, with its name as given, its size, and how far the reading is', async () => {
    await writeFile(place('long.csv'), longText);
    const source = await openHere('./long.csv');
    expect(source.name).toBe('./long.csv');
    expect(source.size).toBe(Buffer.byteLength(longText));
    expect(source.bytesRead()).toBe(0);
    expect((await bytesOf(source)).toString()).toBe(longText);
    expect(source.bytesRead()).toBe(source.size);
  });

  test('may be empty', async () => {
    await writeFile(place('empty.csv'), '');
    expect(await readHere('empty.csv')).toHaveLength(0);
  });

  test('may be named by an absolute path', async () => {
    await writeFile(place('here.csv'), 'x');
    expect((await readHere(place('here.csv'))).toString()).toBe('x');
  });

  test('that is missing is a usage error before anything is read', async () => {
    const failure = await failureOf(openHere('nowhere.csv'));
    expect(failure).toMatchObject({
      code: 'file_not_found',
      message: 'file not found: nowhere.csv',
      hint: 'check the path; use - to read standard input',
      exitCode: 2,
    });
  });

  test('that is a directory is named as one', async () => {
    expect(await failureOf(openHere('.'))).toMatchObject({
      code: 'file_unreadable',
      message: '. is a directory',
      exitCode: 2,
    });
  });

  test('that cannot be opened says why', async () => {
    await symlink('loop.csv', place('loop.csv'));
    const failure = await failureOf(openHere('loop.csv'));
    expect(failure).toMatchObject({ code: 'file_unreadable', exitCode: 2 });
    expect(failure.message).toMatch(/^cannot read loop\.csv: .*ELOOP/);
  });

  test('that may not be read is named with the reason', async () => {
    await writeFile(place('private.csv'), 'name\n', { mode: 0o000 });
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      const failure = await failureOf(openHere('private.csv'));
      expect(failure).toMatchObject({ code: 'file_unreadable', hint: 'check the file’s permissions' });
      expect(failure.message).toMatch(/^cannot read private\.csv: EACCES/);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  test('that has only one byte is read', async () => {
    await writeFile(place('one.csv'), '\x1f');
    expect((await readHere('one.csv')).toString()).toBe('\x1f');
  });

  test('that is a named pipe is read from one opening, so that its writer is never cut off', async () => {
    await promisify(execFile)('mkfifo', [place('pipe.csv')]);
    const writing = open(place('pipe.csv'), 'w').then(async (pipe) => {
      await pipe.writeFile(longText);
      await pipe.close();
    });
    const source = await openHere('pipe.csv');
    expect(source.size).toBeUndefined();
    expect((await bytesOf(source)).toString()).toBe(longText);
    await writing;
  });
});

describe('a file that changes while it is read', () => {
  const changed = {
    code: 'file_changed',
    message: 'changing.csv was changed while it was read',
    hint: 'run it again when the export that writes it has ended',
    exitCode: 5,
  };

  test.each<[string, (file: string) => Promise<void>]>([
    ['grows', (file) => appendFile(file, 'one more\n')],
    ['shrinks', (file) => truncate(file, 70_000)],
    ['is emptied', (file) => truncate(file, 0)],
    ['is written over in its old size', (file) => overwritten(file)],
  ])('and %s is refused', async (_name, change) => {
    expect(await failureOf(readWhile(change))).toMatchObject(changed);
  });

  test('is refused as changed, not as damaged, when it is gzip', async () => {
    const packed = gzipSync(longText, { level: 0 });
    expect(await failureOf(readWhile((file) => truncate(file, 90_000), packed))).toMatchObject(changed);
  });

  test('is read when it was only moved', async () => {
    await expect(
      readWhile(async (file) => {
        await promisify(execFile)('mv', [file, place('moved.csv')]);
      }),
    ).resolves.toBeUndefined();
  });
});

describe('standard input', () => {
  test('has a name, no size, and counts what came', async () => {
    const source = await openHere('-', Readable.from([Buffer.from('name\n'), Buffer.from('Müller\n')]));
    expect(source).toMatchObject({ name: 'stdin', size: undefined });
    expect((await bytesOf(source)).toString()).toBe('name\nMüller\n');
    expect(source.bytesRead()).toBe(13);
  });

  test('comes whole however it is cut, gzip or not', async () => {
    const text = Buffer.from('name\nMüller & Söhne\n');
    for (const bytes of [
      text,
      gzipSync(text),
      Buffer.concat([gzipSync('name\n'), gzipSync('Müller & Söhne\n')]),
    ]) {
      expect(await readHere('-', Readable.from(Array.from(bytes, (byte) => Buffer.from([byte]))))).toEqual(
        text,
      );
    }
  });

  test('may be nothing', async () => {
    expect(await readHere('-')).toHaveLength(0);
  });

  test('may come as text', async () => {
    expect((await readHere('-', Readable.from(['name\n', 'Müller\n']))).toString()).toBe('name\nMüller\n');
  });

  test('is not waited for before it is read, and waiting ends when it is closed', async () => {
    const silent = new PassThrough();
    const source = await openHere('-', silent);
    const reading = failureOf(source.chunks[Symbol.asyncIterator]().next());
    source.close();
    await once(silent, 'close');
    expect(await reading).toMatchObject({ code: 'file_unreadable' });
  });

  test('that fails in the middle says so', async () => {
    expect(await failureOf(readHere('-', Readable.from(failing())))).toMatchObject({
      code: 'file_unreadable',
      message: 'cannot read stdin: the line is dead',
    });
  });
});

describe('gzip', () => {
  describe('that is a bomb', () => {
    // 10 GB in 10 MB: gzip files may stand one behind the other (RFC 1952, 2.2).
    const member = gzipSync(Buffer.alloc(64 << 20));
    const bomb = function* () {
      for (let count = 0; count < 160; count += 1) yield member;
    };

    const refused = {
      code: 'broken_compression',
      message: expect.stringContaining('unpacks to more than 200 times its size'),
      exitCode: 5,
    };

    test('is not read beyond 64 MB, from a file or a pipe', async () => {
      await writeFile(place('bomb.gz'), Buffer.concat([...bomb()]));
      const started = processorTime();
      for (const source of [await openHere('bomb.gz'), await openHere('-', Readable.from(bomb()))]) {
        const { bytes, error } = await refusalOf(source);
        expect(error).toMatchObject(refused);
        expect(bytes).toBeLessThanOrEqual(64 << 20);
      }
      expect(processorTime() - started).toBeLessThan(20_000);
    });

    test('with valid rows is stopped too; a small file may be of any size', async () => {
      const rows = Buffer.from('Müller;EUR;de-DE\n'.repeat(1 << 20));
      const packed = gzipSync(rows);
      expect(rows.length / packed.length).toBeGreaterThan(200);
      await writeFile(place('small.gz'), packed);
      expect(await readHere('small.gz')).toHaveLength(rows.length);
      await writeFile(place('rows.gz'), Buffer.concat(Array.from({ length: 100 }, () => packed)));
      expect((await refusalOf(await openHere('rows.gz'))).error).toMatchObject(refused);
    });
  });

  test('is known by its content, whatever the name says', async () => {
    await writeFile(place('packed.csv'), gzipSync(longText));
    expect((await readHere('packed.csv')).toString()).toBe(longText);
    await writeFile(place('plain.csv.gz'), longText);
    expect((await readHere('plain.csv.gz')).toString()).toBe(longText);
  });

  test('counts what was read of the file, not what it unpacks to', async () => {
    const packed = gzipSync(longText);
    await writeFile(place('packed.csv'), packed);
    const source = await openHere('packed.csv');
    await bytesOf(source);
    expect(source.bytesRead()).toBe(packed.length);
    expect(source.size).toBe(packed.length);
  });

  test('of several members is all of them, wherever the file is cut', async () => {
    const members = Buffer.concat([gzipSync('one\n'), gzipSync(''), gzipSync('two\n'), gzipSync('three\n')]);
    const cuts = fc.array(fc.integer({ min: 1, max: members.length }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(cuts, async (sizes) => {
        const pieces: Buffer[] = [];
        let start = 0;
        for (const size of [...sizes, members.length]) {
          if (start < members.length) pieces.push(members.subarray(start, start + size));
          start += size;
        }
        expect((await readHere('-', Readable.from(pieces))).toString()).toBe('one\ntwo\nthree\n');
      }),
    );
  });

  test('with zeros behind it, as tapes have them, is read', async () => {
    await writeFile(place('padded.gz'), Buffer.concat([gzipSync('name\n'), Buffer.alloc(512)]));
    expect((await readHere('padded.gz')).toString()).toBe('name\n');
  });

  const packed = gzipSync('name\nMüller\n');
  const flipped = (at: number) => packed.map((byte, index) => (index === at ? byte ^ 0xff : byte));
  test.each([
    ['cut off at once', packed.subarray(0, 2)],
    ['cut off in its header', packed.subarray(0, 9)],
    ['cut off in the middle', packed.subarray(0, 16)],
    ['cut off before its last byte', packed.subarray(0, -1)],
    ['damaged in the middle', Buffer.from(flipped(14))],
    ['damaged in its checksum', Buffer.from(flipped(packed.length - 6))],
    ['damaged in its length', Buffer.from(flipped(packed.length - 1))],
    ['followed by something else', Buffer.concat([packed, Buffer.from('name\n')])],
    ['followed by a member that is cut off', Buffer.concat([packed, packed.subarray(0, -3)])],
  ])('%s is refused', async (_name, bytes) => {
    await writeFile(place('damaged.csv.gz'), bytes);
    const failure = await failureOf(readHere('damaged.csv.gz'));
    expect(failure).toMatchObject({
      code: 'broken_compression',
      hint: 'fetch the file again; it was cut off or changed on the way',
      exitCode: 5,
    });
    expect(failure.message).toMatch(/^damaged\.csv\.gz is a damaged gzip file: /);
  });

  test('read no further than needed leaves nothing running', async () => {
    await writeFile(place('packed.csv'), gzipSync(longText.repeat(5)));
    const source = await openHere('packed.csv');
    for await (const chunk of source.chunks) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    source.close();
    expect(source.bytesRead()).toBeLessThan(source.size as number);
  });
});

async function readWhile(change: (file: string) => Promise<void>, content: string | Buffer = longText) {
  const file = place('changing.csv');
  await writeFile(file, content);
  const source = await openHere('changing.csv');
  try {
    const chunks = source.chunks[Symbol.asyncIterator]();
    await chunks.next();
    await change(file);
    while ((await chunks.next()).done !== true);
  } finally {
    source.close();
  }
}

async function overwritten(file: string): Promise<void> {
  await writeFile(file, 'x'.repeat(Buffer.byteLength(longText)));
  await utimes(file, new Date(), new Date(Date.now() + 5000));
}

async function* failing() {
  yield Buffer.from('name\n');
  throw new Error('the line is dead');
}
