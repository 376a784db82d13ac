import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { ZipFile } from 'yazl';
import { Failure } from '../../errors.ts';
import type { ByteSink } from '../byte-sink.ts';
import type { TableWriter } from '../table-writer.ts';
import { columnName } from './column-name.ts';
import { partLimit } from './limits.ts';
import {
  headerStyle,
  otherParts,
  sheetBeginning,
  sheetEnd,
  sheetPart,
  textStyle,
  xmlText,
} from './written-parts.ts';

/** Of zlib: 6 takes half again as much processor time and makes a file that is 5 % smaller. */
const compressionLevel = 3;

/**
 * Writes a workbook with one sheet whose cells are all text: the first row is the header and stays visible.
 * Rows are compressed as they arrive, so a sheet of any length needs only a small buffer.
 */
export function createWorkbookWriter(
  sink: ByteSink,
  { sheet, widths }: { sheet: string; widths: readonly number[] },
): TableWriter {
  const zip = new ZipFile();
  const rows = new PassThrough();
  const packed = zip.outputStream as PassThrough;
  zip.on('error', (error: Error) => packed.destroy(error));
  const columns = widths.map((_width, index) => columnName(index + 1));
  let xml = sheetBeginning(widths);
  let count = 0;
  let size = 0;
  let passingOn: Promise<void> | undefined;

  async function open(): Promise<void> {
    await sink.open();
    for (const [name, part] of otherParts(sheet)) zip.addBuffer(Buffer.from(part), name);
    zip.addReadStream(rows, sheetPart, { compressionLevel });
    zip.end();
    passingOn = (async () => {
      for await (const chunk of packed) await sink.write(chunk as Buffer);
    })();
    // Awaited by the next flush or by finish; marked as handled until then.
    passingOn.catch(() => {});
  }

  async function flush(): Promise<boolean> {
    const bytes = Buffer.from(xml);
    xml = '';
    size += bytes.length;
    if (size > partLimit) throw tooLarge();
    if (!rows.write(bytes)) await Promise.race([once(rows, 'drain'), passingOn]);
    return true;
  }

  return {
    open,
    add(cells) {
      const number = ++count;
      const style = number === 1 ? headerStyle : textStyle;
      xml += `<row r="${number}">`;
      for (let index = 0; index < cells.length; index++) {
        const cell = cells[index] as string;
        if (cell === '') continue;
        const text = cell.trim() === cell ? '<t>' : '<t xml:space="preserve">';
        xml += `<c r="${columns[index]}${number}" s="${style}" t="inlineStr"><is>${text}${xmlText(cell)}</t></is></c>`;
      }
      xml += '</row>';
      return undefined;
    },
    flush,
    async finish() {
      xml += sheetEnd(`A1:${columns.at(-1)}${count}`);
      await flush();
      rows.end();
      await passingOn;
      await sink.finish();
    },
    async discard() {
      rows.destroy();
      packed.destroy();
      await passingOn?.catch(() => {});
      await sink.discard();
    },
  };
}

function tooLarge(): Failure {
  return new Failure(
    'too_large_for_excel',
    'the sheet has more than 4 GB of text, and nothing opens such a workbook',
    {
      hint: 'export it as CSV: --output FILE.csv',
    },
  );
}
