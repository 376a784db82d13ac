import { Failure } from '../errors.ts';
import type { CsvFile, CsvOptions } from './csv-file.ts';
import { openCsvFile } from './csv-file.ts';
import type { Source } from './source.ts';
import { containerOf, refuseCompound } from './xlsx-kind.ts';

export interface TableOptions extends CsvOptions {
  /** The sheet of a workbook; the first that is visible unless given. */
  sheet?: string | undefined;
}

/** Opens a CSV file or a workbook, whichever the first bytes say it is. */
export async function openTableFile(source: Source, options: TableOptions): Promise<CsvFile> {
  const { head, whole } = await peek(source.chunks);
  const again = { ...source, chunks: whole };
  const container = containerOf(head);
  if (container === 'compound') return refuseCompound(again);
  if (container === 'zip') {
    // Most files are CSV; what reads workbooks is loaded for workbooks alone.
    const { openXlsxFile } = await import('./xlsx-file.ts');
    return openXlsxFile(again, options);
  }
  if (options.sheet !== undefined) {
    throw new Failure(
      'usage',
      `${source.name} is no workbook, so it has no sheet ${JSON.stringify(options.sheet)}`,
      {
        hint: 'leave --sheet out',
      },
    );
  }
  return openCsvFile(again, options);
}

async function peek(chunks: AsyncIterable<Buffer>): Promise<{ head: Buffer; whole: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 8) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }

  async function* whole(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    while (true) {
      const { done, value } = await iterator.next();
      if (done === true) return;
      yield value;
    }
  }

  return { head, whole: whole() };
}
