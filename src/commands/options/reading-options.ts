import { nameOf, parseDelimiter } from '../../files/csv/delimiters.ts';
import { advice, tool } from '../../advice.ts';
import type { TableOptions } from '../../files/table.ts';
import type { Command } from 'commander';
import { Failure } from '../../errors.ts';
import type { ColumnDefaults } from '../../import/columns/columns.ts';
import type { Mapping } from '../../import/columns/mapping.ts';
import { nearName } from '../../model/near-name.ts';
import { quoted } from '../../model/printable.ts';
import { wholeNumber } from './flag-values.ts';

/** The flags for how to read a file; the same for `import` and `inspect`. */
export interface ReadingOptions {
  encoding?: string;
  delimiter?: string;
  quote?: string;
  escape?: string;
  skipLines?: number;
  headerLines?: number;
  sheet?: string[];
  /** Characters. */
  cellLimit?: number;
  rowLimit?: number;
  default: ColumnDefaults;
  mapping?: string;
  strictValues?: true;
}

export function addReadingOptions(command: Command): Command {
  return command
    .optionsGroup('File:')
    .option('--encoding <name>', 'such as utf-8, windows-1252, cp850, macroman (default: detected)')
    .option(
      '--delimiter <character>',
      'field delimiter: , ; | tab or 0x1f (default: detected)',
      requireDelimiter,
    )
    .option('--quote <character>', 'quote character, or none (default: detected)', parseQuote)
    .option(
      '--escape <character>',
      'escape character for quotes (default: the quote is doubled)',
      parseCharacter('--escape'),
    )
    .option('--skip-lines <n>', 'number of lines above the header (default: detected)', wholeNumber())
    .option('--header-lines <n>', 'number of lines in the header', wholeNumber(10))
    .option(
      '--sheet <name>',
      'sheet of a workbook, several times for several sheets (default: the first visible one)',
      (name: string, before: string[] | undefined) => [...(before ?? []), name],
    )
    .option('--cell-limit <size>', 'longest accepted value, such as 64K (default: 1M)', parseSize)
    .option('--row-limit <size>', 'longest accepted row (default: 8M)', parseSize)
    .optionsGroup('Mapping:')
    .option(
      '--mapping <name|file>',
      'mapping of columns to fields: a name from mappings list, a YAML or JSON file, or none',
    )
    .option('--strict-values', 'accept only codes, no names, for countries, languages and currencies')
    .option(
      '--default <field=value>',
      'value for new customers if the column is missing or blank: currency=EUR, language=de-DE',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
    )
    .hook('preAction', async (_command, called) => {
      const given = called.getOptionValue('default') as string[] | undefined;
      called.setOptionValue('default', await parseGivenDefaults(given));
    });
}

/**
 * The rules are only loaded for a value: the lists of codes take longer to load than the rest of the help.
 */
async function parseGivenDefaults(given: string[] | undefined): Promise<ColumnDefaults> {
  if (given === undefined) return {};
  const { parseDefaults } = await import('./default-values.ts');
  return parseDefaults(given);
}

export function readingOptionsOf(
  options: ReadingOptions,
): Omit<TableOptions, 'strict'> & { defaults: ColumnDefaults; strictValues: boolean } {
  const { encoding, delimiter, quote, escape, skipLines, headerLines, sheet, cellLimit, rowLimit } = options;
  return {
    encoding,
    delimiter,
    quote,
    escape,
    skipLines,
    headerLines,
    sheets: sheet,
    cellLimit,
    recordLimit: rowLimit,
    defaults: options.default,
    strictValues: options.strictValues === true,
  };
}

type FlagsGiven = { [Name in keyof ReadingOptions]?: ReadingOptions[Name] | undefined };

/** The flags, as typed, for how to read a file and its rejects file. */
export function fileFlags(options: FlagsGiven): string[] {
  const {
    encoding,
    delimiter,
    quote,
    escape,
    mapping,
    strictValues,
    cellLimit,
    rowLimit,
    default: defaults = {},
  } = options;
  return [
    ...flag('--encoding', encoding),
    ...flag('--delimiter', delimiter === undefined ? delimiter : nameOf(delimiter)),
    ...flag('--quote', quote === '' ? 'none' : quote),
    ...flag('--escape', escape),
    ...flag('--mapping', mapping),
    ...(strictValues === true ? ['--strict-values'] : []),
    ...flag('--cell-limit', cellLimit),
    ...flag('--row-limit', rowLimit),
    ...Object.entries(defaults).flatMap(([field, value]) => ['--default', `${field}=${value}`]),
  ];
}

/** The flags for where in this very file its table is: its rejects file begins with the header. */
export function layoutFlags({ skipLines, headerLines, sheet }: FlagsGiven): string[] {
  return [
    ...flag('--skip-lines', skipLines),
    ...flag('--header-lines', headerLines),
    ...(sheet ?? []).flatMap((name) => flag('--sheet', name)),
  ];
}

function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}

/** `--mapping none`: columns are matched by their names, whatever system the file is from. */
export const byColumnNames = 'none';

/**
 * The mapping that `--mapping` names: one that comes with the tool, or a file. A shipped mapping takes
 * precedence over a file of the same name, which `./NAME` reads: a file that happens to exist must not change
 * what a cron line does.
 */
export async function readMappingOption(
  { mapping }: ReadingOptions,
  { cwd }: { cwd: string },
): Promise<Mapping | undefined> {
  if (mapping === undefined || mapping === byColumnNames) return undefined;
  // Few runs have one, and the YAML parser is a large module.
  const { parseMapping, readMapping } = await import('../../import/columns/mapping-file.ts');
  const { knownSystem, knownSystems } = await import('../../import/columns/known-systems.ts');
  if (knownSystem(mapping) !== undefined) {
    const { shippedMappingText } = await import('../../import/columns/shipped-mapping.ts');
    return parseMapping(await shippedMappingText(mapping), mapping);
  }
  return readMapping(mapping, { cwd }).catch((error: unknown) => {
    const missing = error instanceof Failure && error.code === 'file_not_found';
    if (!missing || /[./\\]/.test(mapping)) throw error;
    const near = nearName(
      mapping,
      knownSystems.map(({ name }) => name),
      (name) => name,
    );
    throw new Failure('file_not_found', `${quoted(mapping, 200)} is neither a mapping nor a file`, {
      hint: near === undefined ? advice`see ${tool('mappings', 'list')}` : `did you mean ${near}?`,
      cause: error,
    });
  });
}

export function requireDelimiter(text: string): string {
  const delimiter = parseDelimiter(text);
  if (delimiter !== undefined) return delimiter;
  throw new Failure('usage', `--delimiter takes one character, not ${JSON.stringify(text)}`, {
    hint: 'such as , ; | or the words tab and 0x1f',
  });
}

/** A number of characters; K and M mean thousands and millions. */
function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})([KMkm]?)$/.exec(text) ?? [];
  const size = Number(digits) * (unit === '' ? 1 : unit.toLowerCase() === 'k' ? 1e3 : 1e6);
  if (size >= 1 && size <= 256e6) return size;
  throw new Failure('usage', `${JSON.stringify(text)} is not a size`, {
    hint: 'such as 5000, 64K or 4M, at most 256M',
  });
}

/** '' for none. */
function parseQuote(text: string): string {
  return text.toLowerCase() === 'none' ? '' : parseCharacter('--quote')(text);
}

function parseCharacter(name: string): (text: string) => string {
  return (text) => {
    if (text.length === 1 && !/[\r\n\p{L}\p{N}]/u.test(text)) return text;
    throw new Failure('usage', `${name} takes one character, not ${JSON.stringify(text)}`);
  };
}
