import { crc32, deflateRawSync } from 'node:zlib';

/** A part of a zip archive; `declared` is the size that its headers claim. */
export interface ZipPart {
  name: string;
  content: string | Buffer;
  stored?: boolean;
  declared?: number;
  checksum?: number;
  encrypted?: boolean;
}

/** A zip archive as Excel writes them: deflated parts, then their directory (APPNOTE 6.3.10). */
export function zipOf(parts: ZipPart[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false, declared, checksum, encrypted = false } of parts) {
    const data = Buffer.from(content as string);
    const packed = stored ? data : deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(encrypted ? 1 : 0, 2);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt32LE(checksum ?? crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(declared ?? data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const file = Buffer.from(name);
    local.push(Buffer.from('PK\x03\x04'), common, file, packed);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00'), common, more, file);
    offset += 30 + file.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}

/** A cell: a text, a number, a blank, or the whole element with `{r}` where its reference goes. */
export type Cell = string | number | null | { xml: string };

export interface Sheet {
  name?: string;
  state?: 'hidden' | 'veryHidden';
  /** Rows from the first on, or the content of `sheetData`. */
  rows: Cell[][] | string;
}

export interface WorkbookOptions {
  /** Content of `<si>` elements. */
  strings?: string[];
  /** Number formats of the cell styles 1, 2, …; style 0 is General. */
  formats?: string[];
  date1904?: boolean;
  /** Parts that take the place of ours, or come in addition; null leaves one out. */
  parts?: Record<string, string | Buffer | null>;
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packageRelations = 'http://schemas.openxmlformats.org/package/2006/relationships';
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n';

/** The bytes of a workbook with the parts that every workbook has. */
export function workbookOf(sheets: Sheet[] | Cell[][], options: WorkbookOptions = {}): Buffer {
  return zipOf(workbookParts(sheets, options));
}

export function workbookParts(given: Sheet[] | Cell[][], options: WorkbookOptions = {}): ZipPart[] {
  const sheets = given.flatMap((each): Sheet[] => (Array.isArray(each) ? [] : [each]));
  if (sheets.length === 0) sheets.push({ rows: given.filter((each) => Array.isArray(each)) });
  const { strings = [], formats = [], date1904 = false } = options;
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`;
  const relations = (content: string) =>
    `${head}<Relationships xmlns="${packageRelations}">${content}</Relationships>`;
  const parts: Record<string, string | Buffer | null> = {
    '[Content_Types].xml': `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
    '_rels/.rels': relations(relation('rId1', 'officeDocument', 'xl/workbook.xml')),
    'xl/workbook.xml': `${head}<workbook xmlns="${main}" xmlns:r="${office}">${date1904 ? '<workbookPr date1904="1"/>' : ''}<sheets>${sheets
      .map(
        ({ name, state }, index) =>
          `<sheet name="${escaped(name ?? `Sheet${index + 1}`)}" sheetId="${index + 1}"${state === undefined ? '' : ` state="${state}"`} r:id="rId${index + 1}"/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      sheets
        .map((_sheet, index) => relation(`rId${index + 1}`, 'worksheet', `worksheets/sheet${index + 1}.xml`))
        .join('') +
        relation('rIdStrings', 'sharedStrings', 'sharedStrings.xml') +
        relation('rIdStyles', 'styles', '/xl/styles.xml'),
    ),
    'xl/styles.xml': `${head}<styleSheet xmlns="${main}"><numFmts>${formats
      .map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${escaped(code)}"/>`)
      .join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${formats
      .map((_code, index) => `<xf numFmtId="${164 + index}"/>`)
      .join('')}</cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${head}<sst xmlns="${main}">${strings.map((each) => `<si>${each}</si>`).join('')}</sst>`,
  };
  for (const [index, { rows }] of sheets.entries()) {
    parts[`xl/worksheets/sheet${index + 1}.xml`] =
      `${head}<worksheet xmlns="${main}"><sheetData>${typeof rows === 'string' ? rows : rowsXml(rows)}</sheetData></worksheet>`;
  }
  return Object.entries({ ...parts, ...options.parts }).flatMap(([name, content]) =>
    content === null ? [] : [{ name, content }],
  );
}

export function rowsXml(rows: Cell[][]): string {
  return rows
    .map(
      (cells, row) =>
        `<row r="${row + 1}">${cells.map((cell, column) => cellXml(cell, column, row + 1)).join('')}</row>`,
    )
    .join('');
}

function cellXml(cell: Cell, column: number, row: number): string {
  const reference = `${column < 26 ? '' : String.fromCharCode(64 + Math.floor(column / 26))}${String.fromCharCode(65 + (column % 26))}${row}`;
  if (cell === null) return '';
  if (typeof cell === 'number') return `<c r="${reference}"><v>${cell}</v></c>`;
  if (typeof cell === 'object') return cell.xml.replace('{r}', reference);
  return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
