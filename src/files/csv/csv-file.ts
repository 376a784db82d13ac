import { joinedHeader } from '../joined-header.ts';
import type { RecordFault, RowHandler, TableFile, TableOptions } from '../table.ts';
import { Failure } from '../../errors.ts';
import { createSeparatedText, unitSeparator } from './ascii-separators.ts';
import { exportColumn } from './own-columns.ts';
import { detectDialect, sampleEnd, sampleLength, statedDialect } from './dialect.ts';
import { decideEncoding, decodeText } from '../encoding/encoding.ts';
import { quoted } from '../../model/printable.ts';
import { mostCommon } from './most-common.ts';
import { usualRecordLimit } from './record-format.ts';
import { createRecordReader } from './records.ts';
import { createWidthFitter, namedWidth } from './row-width.ts';
import { looksLikeData } from '../cell-kinds.ts';
import { createShapeJudge } from '../row-shape.ts';
import type { Source } from '../source.ts';

/**
 * Reads as far as the header and decides how to read the rest. Throws `Failure` for a file that cannot be
 * read correctly, before any record is passed on.
 */
export async function openCsvFile(source: Source, options: TableOptions): Promise<TableFile> {
  const encoding = await decideEncoding(source, options);
  const separated =
    options.delimiter === unitSeparator ? createSeparatedText(decodeText(source, encoding)) : undefined;
  const texts = separated?.texts ?? decodeText(source, encoding);
  let beginning = '';
  let complete = false;
  const { headerLines = 1, escape, cellLimit, recordLimit = usualRecordLimit } = options;
  while (beginning.length < Math.min(sampleEnd(beginning), recordLimit + sampleLength)) {
    const next = await texts.next();
    complete = next.done === true;
    if (next.done === true) break;
    beginning += next.value;
  }
  if (beginning.trim() === '') throw emptyFile(`${source.name} is empty`);
  if (markup.test(beginning)) throw markupFile(source.name);
  if (!complete && sampleEnd(beginning) === Infinity) throw endlessLine(source.name, recordLimit);
  const stated = [options.delimiter, options.quote, options.escape, options.skipLines, options.headerLines];
  const dialect = stated.some((option) => option !== undefined)
    ? statedDialect(beginning, options)
    : detectDialect(beginning, { complete, columnKey: options.columnKey });

  const { delimiter, quote, headerLine } = dialect;
  const found: { header: string[][] } = { header: [] };
  let record = (cells: string[], _line: number, _raw: () => string): void => {
    if (cells.some((cell) => cell.trim() !== '')) found.header.push(cells);
  };
  let fault: (fault: RecordFault) => void = refuseHeader;
  let blank: ((line: number) => void) | undefined;
  const reader = createRecordReader(
    { delimiter, quote, escape, cellLimit, recordLimit, firstLine: headerLine },
    {
      record: (cells, line, raw) =>
        separated === undefined
          ? record(cells, line, raw)
          : record(cells.map(separated.cellText), line, () => separated.lineText(raw())),
      fault: (damage) => fault(damage),
      blank: (line) => blank?.(line),
    },
  );

  let pending = beginning.slice(offsetOfLine(beginning, headerLine));
  // Line by line up to the header, so that no row is passed on before the caller knows the columns.
  while (found.header.length < headerLines && pending !== '') {
    // A CR ends a line only once the next character is known: it might be half of a CRLF.
    const lineEnd = /\r?\n|\r[^\n]?/.exec(pending);
    const length = lineEnd === null ? pending.length : lineEnd.index + lineEnd[0].length;
    reader.push(pending.slice(0, length));
    pending = pending.slice(length);
  }
  if (found.header.length < headerLines && complete) reader.end();
  if (found.header.length === 0) throw emptyFile(`${source.name} has no header line`);
  // From here on a transaction may be open.
  await source.whole();
  const names = joinedHeader(found.header, found.header[0]?.length ?? 0);
  const header = names.slice(0, namedWidth(names, dialect.records));
  const fit = createWidthFitter(header.length, dialect.records);
  // Rows may end with a delimiter that the header does not have.
  reader.expectCells(mostCommon(dialect.records.map((cells) => cells.length)) ?? header.length);
  const strict = options.strict?.(header, encoding.name) === true;
  if (strict && looksLikeData(header, dialect.sample)) {
    throw new Failure('missing_column', `line ${headerLine} should name the columns, but looks like data`, {
      hint: 'put a line with the columns’ names above it',
    });
  }

  let endsWithLine = false;

  async function* read(handler: RowHandler): AsyncGenerator<void> {
    const own = header.includes(exportColumn);
    const shape = createShapeJudge({
      header,
      sample: dialect.sample,
      quote,
      strict,
      own,
      columnKey: options.columnKey,
    });
    /** A row that is too short waits: at the very end it means that the file was cut off. */
    let short: RecordFault | undefined;
    const flush = () => {
      if (short !== undefined) handler.fault(short);
      short = undefined;
    };
    let last: string[] | undefined;
    let lastLine = 0;
    record = (values, line, raw) => {
      flush();
      const cells = fit(values);
      last = undefined;
      if (cells.length !== header.length) {
        // A row of delimiters only is blank, however many there are.
        const problem = cells.every((cell) => cell.trim() === '') ? shape.judgeShape(cells) : undefined;
        shape.shortRow(cells);
        if (problem !== undefined) handler.passedOver?.(problem, line);
        else if (cells.length < header.length)
          short = raggedFault(cells, header.length, { line, raw: raw() });
        else handler.fault(raggedFault(cells, header.length, { line, raw: raw() }));
        return;
      }
      const problem = shape.judgeShape(cells);
      if (problem === undefined) {
        handler.row(cells, line);
        last = cells;
        lastLine = line;
      } else if (problem.passedOver) handler.passedOver?.(problem, line);
      else handler.fault({ ...problem, line, lines: 1, raw: raw(), cells });
    };
    fault = (damage) => {
      flush();
      last = undefined;
      handler.fault(damage);
    };
    blank = (line) => {
      last = undefined;
      shape.blankLine();
      handler.passedOver?.({ code: 'blank_row', message: 'the line is blank' }, line);
    };
    endsWithLine = /[\r\n]$/.test(pending);
    reader.push(pending);
    yield;
    for await (const text of texts) {
      endsWithLine = text.endsWith('\n') || text.endsWith('\r');
      reader.push(text);
      yield;
    }
    reader.end();
    if (short !== undefined && !endsWithLine) short = { ...short, ...cutOff };
    flush();
    if (last !== undefined && !endsWithLine)
      handler.remark?.(noFinalLineBreak(last.at(-1) as string), lastLine);
  }

  return {
    header,
    dialect,
    encoding,
    lineEnds: lineEndsOf(beginning),
    endsWithLine: () => endsWithLine,
    read,
  };
}

function lineEndsOf(text: string): TableFile['lineEnds'] {
  const kinds = new Set(text.match(/\r\n|\n|\r/g));
  if (kinds.size > 1) return 'mixed';
  return kinds.has('\r\n') ? 'CRLF' : kinds.has('\n') ? 'LF' : kinds.has('\r') ? 'CR' : 'none';
}

function offsetOfLine(text: string, line: number): number {
  const lineEnd = /\r\n|\n|\r/g;
  for (let passed = 1; passed < line; passed++) if (lineEnd.exec(text) === null) return text.length;
  return lineEnd.lastIndex;
}

function raggedFault(cells: string[], expected: number, place: { line: number; raw: string }): RecordFault {
  const few = cells.length < expected;
  return {
    code: few ? 'too_few_cells' : 'too_many_cells',
    message: `the row has ${numberOfCells(cells.length)}, the header ${expected}`,
    hint: few ? 'a value, or the end of the row, is missing' : 'quote values that contain the delimiter',
    lines: 1,
    cells,
    ...place,
  };
}

const cutOff = {
  code: 'cut_off',
  message: 'the file ends in the middle of this row',
  hint: 'fetch or export the file again; the last part is missing',
};

/** It cannot be known whether the file was cut off inside its last cell. */
function noFinalLineBreak(cell: string) {
  return {
    code: 'no_final_line_break',
    message: `the last line has no line break; its last value is ${quoted(cell)}`,
    hint: 'if that value is cut off, the end of the file is missing: export or fetch it again',
  };
}

function numberOfCells(count: number): string {
  return `${count} ${count === 1 ? 'value' : 'values'}`;
}

/** HTML, and the XML of Excel 2003: some programs write these into files that they call .xls or .csv. */
const markup = /^\s*<(?:!doctype|\?xml|!--|html|head|body|meta|style|table|workbook)\b/i;

function markupFile(name: string): Failure {
  return new Failure('unsupported_format', `${name} is a page of HTML or XML, despite its name`, {
    hint: 'open it in Excel or LibreOffice, save it as .xlsx, and import that file',
  });
}

function emptyFile(message: string): Failure {
  return new Failure('empty_file', message, { hint: 'check the export that writes it' });
}

function endlessLine(name: string, recordLimit: number): Failure {
  return new Failure(
    'record_too_large',
    `the first line of ${name} does not end after ${recordLimit.toLocaleString('en')} characters`,
    { hint: 'the first line names the columns; if it is really longer, raise --row-limit' },
  );
}

function refuseHeader({ code, line, message, hint }: RecordFault): never {
  throw new Failure(
    code === 'record_too_large' ? code : 'unclosed_quote',
    `line ${line}, the header: ${message}`,
    { hint },
  );
}
