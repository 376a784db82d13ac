import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import type { NumberFormat } from './number-format.ts';
import { builtInFormat, general, parseNumberFormat } from './number-format.ts';
import type { Package } from './package.ts';
import { broken } from './package.ts';
import type { SharedStrings } from './strings.ts';
import { noStrings, readSharedStrings } from './strings.ts';
import { readWholeXml } from './xml.ts';

/** A sheet and the part of the package that contains it. */
export interface SheetPart {
  name: string;
  part: string;
}

/** Everything that is needed to read sheets. */
export interface Workbook {
  /** The sheets to read, in the order in which they were named. */
  sheets: SheetPart[];
  /** The other visible sheets. */
  otherSheets: SheetPart[];
  strings: SharedStrings;
  /** The number format of each cell style. */
  formats: NumberFormat[];
  /** Days are counted from 1904, as Excel for the Mac once did. */
  date1904: boolean;
}

type Attributes = Record<string, string>;
interface Relation {
  id: string;
  /** The last word of its type: the words before it differ between ECMA-376's editions. */
  type: string;
  target: string;
  external: boolean;
}

/** Workbook, relationships and styles take kilobytes. */
const smallPart = 64 << 20;

/**
 * Finds the sheets to read: those named, otherwise the first visible one. Parts are found by their
 * relationships, never by their usual names; relationships that leave the workbook are ignored.
 */
export async function openWorkbook(
  parts: Package,
  { file, names }: { file: string; names: string[] | undefined },
): Promise<Workbook> {
  const main = (await readRelations(parts, '', file)).find(({ type }) => type === 'officeDocument')?.target;
  if (main === undefined) throw broken(file, 'it does not specify its workbook');
  const sheets: { name: string; relation: string; hidden: boolean }[] = [];
  let date1904 = false;
  await readSmall(parts, main, file, (name, attributes) => {
    // Excel 2013 writes an element of the same name, without this attribute, into the extension list.
    if (name === 'workbookPr' && attributes['date1904'] !== undefined)
      date1904 = isTrue(attributes['date1904']);
    if (name !== 'sheet') return;
    sheets.push({
      name: attributes['name'] ?? '',
      relation: relationOf(attributes),
      hidden: (attributes['state'] ?? 'visible') !== 'visible',
    });
  });
  const relations = await readRelations(parts, main, file);
  const readable = sheets.flatMap(({ name, relation, hidden }) => {
    const part = relations.find(
      ({ id, type, external }) => id === relation && type === 'worksheet' && !external,
    );
    return part === undefined ? [] : [{ name, hidden, part: part.target }];
  });
  const chosen = new Set((names ?? [undefined]).map((sheet) => chooseSheet(readable, { file, sheet })));
  const partOf = (type: string) => relations.find((each) => each.type === type && !each.external)?.target;
  const strings = partOf('sharedStrings');
  const styles = partOf('styles');
  return {
    sheets: [...chosen],
    otherSheets: readable.filter((each) => !chosen.has(each) && !each.hidden),
    strings:
      strings === undefined || !parts.has(strings)
        ? noStrings
        : await readSharedStrings(parts, strings, file),
    formats: styles === undefined || !parts.has(styles) ? [] : await readFormats(parts, styles, file),
    date1904,
  };
}

function chooseSheet<Sheet extends { name: string; hidden: boolean }>(
  sheets: Sheet[],
  { file, sheet }: { file: string; sheet: string | undefined },
): Sheet {
  const wanted = sheet === undefined ? undefined : keyOf(sheet);
  const found =
    wanted === undefined
      ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0])
      : (sheets.find(({ name }) => name === sheet) ?? sheets.find(({ name }) => keyOf(name) === wanted));
  if (found !== undefined) return found;
  if (sheet === undefined) {
    throw new Failure('empty_file', `${file} has no sheet with cells`, {
      hint: 'check the export that writes it',
    });
  }
  const names = sheets.slice(0, 20).map(({ name, hidden }) => `${quoted(name)}${hidden ? ' (hidden)' : ''}`);
  throw new Failure('usage', `${file} has no sheet ${quoted(sheet)}`, {
    hint: `its sheets: ${names.join(', ')}${sheets.length > 20 ? ', …' : ''}`,
  });
}

async function readRelations(parts: Package, source: string, file: string): Promise<Relation[]> {
  const slash = source.lastIndexOf('/') + 1;
  const folder = source.slice(0, slash);
  const part = `${folder}_rels/${source.slice(slash)}.rels`;
  const relations: Relation[] = [];
  if (!parts.has(part)) return relations;
  await readSmall(parts, part, file, (name, attributes) => {
    if (name !== 'Relationship') return;
    relations.push({
      id: attributes['Id'] ?? '',
      type: (attributes['Type'] ?? '').replace(/^.*\//, ''),
      target: resolveTarget(folder, attributes['Target'] ?? ''),
      external: attributes['TargetMode'] === 'External',
    });
  });
  return relations;
}

/** A target is relative to the folder of its source or, with a leading slash, to the root. */
function resolveTarget(folder: string, target: string): string {
  const steps: string[] = [];
  const text = target.replaceAll('\\', '/');
  for (const step of (text.startsWith('/') ? text : `${folder}${text}`).split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}

async function readFormats(parts: Package, part: string, file: string): Promise<NumberFormat[]> {
  const codes = new Map<number, NumberFormat>();
  const formats: NumberFormat[] = [];
  let inCells = false;
  const onClose = (name: string) => {
    if (name === 'cellXfs') inCells = false;
  };
  await readSmall(
    parts,
    part,
    file,
    (name, attributes) => {
      if (name === 'cellXfs') inCells = true;
      if (name === 'numFmt')
        codes.set(Number(attributes['numFmtId']), parseNumberFormat(attributes['formatCode'] ?? ''));
      if (name !== 'xf' || !inCells) return;
      const id = Number(attributes['numFmtId'] ?? 0);
      formats.push(codes.get(id) ?? builtInFormat(id));
    },
    onClose,
  );
  return formats;
}

/** The format of a cell's style; undefined without a style, or if the style does not exist. */
export function formatOf({ formats }: Workbook, style: string | undefined): NumberFormat {
  return (style === undefined ? formats[0] : formats[Number(style)]) ?? general;
}

async function readSmall(
  parts: Package,
  part: string,
  file: string,
  open: (name: string, attributes: Attributes) => void,
  close: (name: string) => void = () => {},
): Promise<void> {
  await readWholeXml(parts.part(part, smallPart), { file, part, handler: { open, close, text: () => {} } });
}

/** `r:id`, with any prefix. */
function relationOf(attributes: Attributes): string {
  const name = Object.keys(attributes).find((key) => key.endsWith(':id'));
  return name === undefined ? '' : (attributes[name] ?? '');
}

export function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true' || value === 'on';
}

function keyOf(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}
