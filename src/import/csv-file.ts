import { Failure } from '../errors.ts';
import { decodeUtf8 } from './decode.ts';
import { detectDelimiter } from './dialect.ts';
import type { RecordFault, RecordHandler } from './records.ts';
import { createRecordReader } from './records.ts';
import type { Source } from './source.ts';

/** A CSV file read as far as its header. */
export interface CsvFile {
  header: string[];
  delimiter: string;
  /** Whether the file begins with the byte order mark of UTF-8. */
  byteOrderMark: boolean;
  /**
   * Hands each record behind the header to `handler`, and yields between two chunks of text, so that the caller can
   * wait for what it does with them. To be read once.
   */
  read(handler: RecordHandler): AsyncGenerator<void>;
}

/**
 * Reads as far as the header and decides how the rest is to be read. Throws `Failure` for a file that cannot be
 * read rightly; no record was handed on by then.
 */
export async function openCsvFile(
  source: Source,
  options: { delimiter?: string | undefined },
): Promise<CsvFile> {
  const { byteOrderMark, texts } = await decodeUtf8(source.chunks, source.name);
  const first = await texts.next();
  if (first.done === true || first.value.trim() === '') throw emptyFile(`${source.name} is empty`);
  const delimiter = options.delimiter ?? detectDelimiter(first.value);
  const found: { header?: string[] } = {};
  let handler: RecordHandler = {
    record(cells) {
      found.header = cells;
    },
    fault: refuseHeader,
  };
  const reader = createRecordReader(
    { delimiter },
    {
      record: (cells, line, raw) => handler.record(cells, line, raw),
      fault: (fault) => handler.fault(fault),
    },
  );

  let pending = first.value;
  /** Pushes up to and with the line that completes the header; what follows stays pending. */
  function pushHeader(): void {
    while (found.header === undefined && pending !== '') {
      const lineEnd = pending.indexOf('\n') + 1 || pending.length;
      reader.push(pending.slice(0, lineEnd));
      pending = pending.slice(lineEnd);
    }
  }

  pushHeader();
  while (found.header === undefined) {
    const more = await texts.next();
    if (more.done === true) {
      reader.end();
      break;
    }
    pending = more.value;
    pushHeader();
  }
  const { header } = found;
  if (header === undefined) throw emptyFile(`${source.name} has no header line`);
  reader.expectCells(header.length);

  async function* read(recordHandler: RecordHandler): AsyncGenerator<void> {
    handler = recordHandler;
    reader.push(pending);
    yield;
    for await (const text of texts) {
      reader.push(text);
      yield;
    }
    reader.end();
  }

  return { header, delimiter, byteOrderMark, read };
}

function emptyFile(message: string): Failure {
  return new Failure('empty_file', message, { hint: 'check the export that wrote it' });
}

function refuseHeader({ code, line, message, hint }: RecordFault): never {
  throw new Failure(
    code === 'record_too_large' ? code : 'unclosed_quote',
    `line ${line}, the header: ${message}`,
    { hint },
  );
}
