import type { Command } from 'commander';
import { Option } from 'commander';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { keepYoungHeapSmall } from '../../files/young-heap.ts';
import { nearName } from '../../model/near-name.ts';
import { quoted } from '../../model/printable.ts';
import type { ListingFormat, ListingLayout } from '../../render/text/listing.ts';
import { createListing, listingFormats } from '../../render/text/listing.ts';

/** The output flags of a command that lists: the same for each. */
export interface OutputOptions {
  output?: ListingFormat;
  forExcel?: boolean;
  columns?: string[];
}

/** Adds them; `names` are those that `--columns` accepts. */
export function addOutputOptions(
  command: Command,
  { context, names }: { context: Context; names: readonly string[] },
): Command {
  // From here on a failure is a document too.
  command.on('option:output', (format: string) => {
    if (format === 'json') context.options.json = true;
  });
  return command
    .addOption(new Option('--output <format>', 'output format').choices(listingFormats))
    .option('--for-excel', 'csv that German Excel opens with a double click, without changing a value')
    .option('--columns <names>', 'columns to show, by their JSON keys: name,billing_city', (text) =>
      parseColumns(text, names),
    );
}

/** A whole list that fits in memory, in the requested format. */
export async function printListing<Row extends object>(
  context: Context,
  options: OutputOptions,
  { layout, items, rest }: { layout: ListingLayout<Row>; items: Row[]; rest: object },
): Promise<void> {
  const listing = createListing(layout, {
    ...writtenAs(context, options),
    style: context.style('stdout'),
  });
  // The JSON comes from the same code as that of a stream, so both are alike.
  await context.printPieces([listing.items(items) + listing.end(rest)]);
}

/** A list of any length, batch by batch; `rest` is called at the end. */
export async function streamListing<Row extends object>(
  context: Context,
  options: OutputOptions,
  {
    layout,
    batches,
    rest,
  }: { layout: ListingLayout<Row>; batches: AsyncIterable<Row[]>; rest: () => object },
): Promise<void> {
  keepYoungHeapSmall();
  const listing = createListing(layout, {
    ...writtenAs(context, options),
    style: context.style('stdout'),
  });
  await context.printPieces(
    (async function* () {
      for await (const items of batches) yield listing.items(items);
      yield listing.end(rest());
    })(),
  );
}

/** Whether a person reads the list itself, so that a line below it makes sense. */
export function isForPeople({ output, forExcel }: OutputOptions): boolean {
  return (output === undefined || output === 'table') && !forExcel;
}

function writtenAs(context: Context, { output, forExcel = false, columns: chosen }: OutputOptions) {
  const named = [
    ...(context.options.json && output !== 'json' ? [{ flag: '--json', format: 'json' as const }] : []),
    ...(output === undefined ? [] : [{ flag: `--output ${output}`, format: output }]),
    ...(forExcel ? [{ flag: '--for-excel', format: 'csv' as const }] : []),
  ];
  const [first, ...others] = named;
  const other = others.find(({ format }) => format !== first?.format);
  if (first !== undefined && other !== undefined) {
    throw new Failure('usage', `${first.flag} and ${other.flag} contradict each other`, {
      hint: 'give one of them',
    });
  }
  return { format: first?.format ?? 'table', forExcel, chosen };
}

function parseColumns(text: string, names: readonly string[]): string[] {
  const chosen = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (chosen.length === 0)
    throw new Failure('usage', '--columns names no column', { hint: names.join(', ') });
  for (const [index, name] of chosen.entries()) {
    if (chosen.indexOf(name) < index) throw new Failure('usage', `--columns names ${quoted(name)} twice`);
    if (!names.includes(name)) throw unknownName('--columns', name, names);
  }
  return chosen;
}

/** For `--sort`: one of `keys`, descending as `KEY:desc` or `-KEY`. */
export function sortKey<Key extends string>(
  keys: readonly Key[],
): (text: string) => { key: Key; descending: boolean } {
  return (text) => {
    const [, minus, name = '', direction] = /^(-?)(.*?)(?::(asc|desc))?$/s.exec(text) ?? [];
    const key = keys.find((one) => one === name);
    if (key === undefined) throw unknownName('--sort', name, keys);
    return { key, descending: (direction === 'desc') !== (minus === '-') };
  };
}

function unknownName(flag: string, name: string, names: readonly string[]): Failure {
  const meant = nearName(name, names, (one) => one.replaceAll(/[^a-z]/gi, '').toLowerCase());
  return new Failure('usage', `${flag}: unknown column ${quoted(name)}`, {
    hint: meant === undefined ? `one of ${names.join(', ')}` : `did you mean ${meant}?`,
  });
}
