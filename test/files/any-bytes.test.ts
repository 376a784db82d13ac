import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { inspectFile } from '../../src/import/inspect-file.ts';
import { openSource } from '../../src/files/source.ts';
import { workbookOf } from '../support/workbook.ts';
import { heapUsed } from './csv/read-records.ts';

const header = ['Kundennummer', 'Name', 'Straße', 'Ort', 'Währung', 'Sprache'];
const customers = [
  ['00017', 'Bäckerei Müller & Söhne', 'Große Gasse 3', 'München', 'EUR', 'de-DE'],
  ['00018', 'Jäger, König und Partner', 'Am Grünen Weg 5', 'Köln', 'EUR', 'de-DE'],
  ['00019', 'Hôtel "Forêt"', 'Rue de la Côte 4', 'Genève', 'CHF', 'fr-CH'],
  ['00020', 'Weiß OHG', 'Höhenstraße 1', 'Österreich', 'EUR', 'de-AT'],
];
const lines = [header, ...customers];

/** What `inspect` accepts of these bytes, and how many rows it rejects; with the encoding that a refusal names. */
async function inspect(bytes: Buffer, encoding?: string, onReported?: () => void) {
  const source = await openSource('-', {
    stdin: Readable.from([bytes], { objectMode: false }),
    cwd: '/',
  });
  const rows: string[][] = [];
  try {
    const { inspection, report } = await inspectFile({
      source,
      encoding,
      defaults: {},
      ...(onReported && { onReported }),
      onRow: (cells) => rows.push(cells),
      signal: new AbortController().signal,
    });
    return { rows, rejected: inspection.rejected, report };
  } finally {
    source.close();
  }
}

function written(delimiter: string, lineEnd: string, { quoteAll = false, above = '' } = {}): string {
  const cell = (text: string) =>
    quoteAll || text.includes(delimiter) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;
  return above + lines.map((cells) => cells.map(cell).join(delimiter) + lineEnd).join('');
}

describe.each([
  ['UTF-8', false],
  ['UTF-8', true],
  ['UTF-16LE', false],
  ['UTF-16LE', true],
  ['UTF-16BE', false],
  ['UTF-16BE', true],
  ['Windows-1252', false],
  ['ISO-8859-1', false],
  ['ISO-8859-15', false],
  ['CP850', false],
  ['CP858', false],
  ['CP437', false],
  ['MacRoman', false],
])('the same customers in %s (byte order mark: %s)', (encoding, addBOM) => {
  test.each<[string, string]>([
    ['commas and LF', written(',', '\n')],
    ['semicolons and CRLF', written(';', '\r\n')],
    ['tabs and CR', written('\t', '\r')],
    ['pipes, all quoted', written('|', '\r\n', { quoteAll: true })],
    ['sep=;', written(';', '\r\n', { above: 'sep=;\r\n' })],
    ['a title above', written(';', '\n', { above: 'Kundenliste\n\n' })],
    ['mixed line ends', written(';', '\n').replace('\n', '\r\n')],
  ])('with %s are the same records, or named with the encoding that reads them', async (_name, text) => {
    for (const bytes of [iconv.encode(text, encoding, { addBOM })].flatMap((whole) => [
      whole,
      gzipSync(whole),
    ])) {
      const outcome = await inspect(bytes).catch((error: unknown) => {
        if (error instanceof Failure && error.code === 'unsupported_encoding') return error;
        throw error;
      });
      const { rows, rejected } =
        outcome instanceof Failure
          ? await inspect(bytes, /--encoding ([\w-]+);/.exec(JSON.stringify(outcome.hint))?.[1])
          : outcome;
      expect({ rows, rejected }).toEqual({ rows: lines, rejected: 0 });
    }
  });
});

test('whatever the bytes are, the reading ends in bounded memory, with a result or a Failure', async () => {
  const plain = iconv.encode(written(';', '\r\n'), 'win1252');
  const seeds = [
    Buffer.from(written(',', '\n')),
    plain,
    iconv.encode(written('\t', '\r'), 'UTF-16LE', { addBOM: true }),
    iconv.encode(written('\t', '\r\n'), 'UTF-16BE'),
    gzipSync(plain),
    workbookOf(lines),
  ];
  const noise = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  const pieces = fc.array(
    fc.constantFrom(
      '"',
      ';',
      ',',
      '\t',
      '|',
      '\r',
      '\n',
      '\0',
      '\x1a',
      "'",
      '\\',
      'sep=;',
      '\ufeff',
      'ä',
      '\ud83c',
      'name',
    ),
    { maxLength: 300 },
  );
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      noise,
    )
    .map(([seed, changes, kept, tail]) => {
      const bytes = Buffer.from(seed);
      for (const [where, byte] of changes) bytes[Math.floor(where * (bytes.length - 1))] = byte;
      // Half of them are cut off, the others go on with noise.
      return kept < 0.5 ? bytes.subarray(0, kept * 2 * bytes.length) : Buffer.concat([bytes, tail]);
    });
  const files = fc.oneof(
    noise,
    mutated,
    pieces.map((parts) => Buffer.from(parts.join(''))),
    // What grows without end where something is kept until it is closed.
    fc
      .tuple(fc.constantFrom('"', ';', 'ä', '\r', '\n"', 'name,'), fc.nat(20_000))
      .map(([part, times]) => Buffer.from(`name;city\n${part.repeat(times)}`)),
  );
  const before = heapUsed();
  let failures = 0;
  let results = 0;
  await fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      try {
        await inspect(bytes);
        results++;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failures++;
      }
    }),
    { numRuns: 500, interruptAfterTimeLimit: 20_000 },
  );
  expect(failures).toBeGreaterThan(20);
  expect(results).toBeGreaterThan(20);
  expect(heapUsed() - before).toBeLessThan(50e6);
}, 60_000);

test('many bad lines are counted and handed on, and none is kept', async () => {
  const bytes = Buffer.from(`name;city\n${'"\n'.repeat(200_000)}`);
  const before = heapUsed();
  let reported = 0;
  const { rejected, report } = await inspect(bytes, undefined, () => reported++);
  expect(rejected).toBe(200_000);
  expect(reported).toBe(200_000);
  expect(heapUsed() - before).toBeLessThan(20e6);
  expect(report.rejected).toEqual([]);
});
