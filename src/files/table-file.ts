import { Failure } from '../errors.ts';
import { quoted } from '../model/printable.ts';
import { openCsvFile } from './csv/csv-file.ts';
import type { Source } from './source.ts';
import type { TableFile, TableOptions } from './table.ts';
import { containerOf, refuseCompound } from './xlsx/kind.ts';

/** Opens a CSV file or a workbook, depending on the first bytes. */
export async function openTableFile(source: Source, options: TableOptions): Promise<TableFile> {
  const container = containerOf(await firstBytes(source.chunks));
  if (container === 'compound') return refuseCompound(source);
  if (container === 'zip') {
    // Most files are CSV; the code that reads workbooks is loaded only for them.
    const { openXlsxFile } = await import('./xlsx/file.ts');
    return openXlsxFile(source, options);
  }
  if (options.sheets !== undefined) {
    throw new Failure(
      'usage',
      `${source.name} is not a workbook, so it has no sheet ${options.sheets.map((name) => quoted(name)).join(', ')}`,
      {
        hint: 'leave --sheet out',
      },
    );
  }
  return openCsvFile(source, options);
}

/** Eight bytes, or fewer if the file is shorter. */
async function firstBytes(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of chunks) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= 8) break;
  }
  return head;
}
