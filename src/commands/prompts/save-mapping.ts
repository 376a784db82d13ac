import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import type { MatchedColumns } from '../../import/columns/columns.ts';
import { matchColumns } from '../../import/columns/columns.ts';
import { parseMapping } from '../../import/columns/mapping-file.ts';
import { mappingText } from '../../import/columns/mapping-text.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames, fields } from '../../model/fields.ts';
import { printable, quoted } from '../../model/printable.ts';
import { askChoice, askValue } from './ask.ts';

const undone = 'no mapping was written';

export interface MappingToSave {
  /** Those of the file that was looked at, without a mapping. */
  columns: MatchedColumns;
  /** Where the mapping goes. */
  file: string;
  /** The file that was looked at, for the comment at the top. */
  source: string;
  /** What the command line said of the file. */
  readAs?: { delimiter?: string | undefined; encoding?: string | undefined };
  /** Values that the command line gives for columns that the file lacks. */
  defaults?: { currency?: string; language?: string };
}

/**
 * Walks through the columns that are not understood, asks what each is and for values that the file lacks, and writes
 * a mapping file. Throws `refused` when the file is there already and `--yes` is not given, `confirmation_required`
 * when something must be asked and nobody can be.
 */
export async function saveMapping(context: Context, request: MappingToSave): Promise<void> {
  const { columns, file, source, readAs = {} } = request;
  const { header } = columns;
  const target = path.resolve(context.io.cwd, file);
  const exists = await access(target).then(
    () => true,
    () => false,
  );
  if (exists && !context.options.yes) {
    throw new Failure('refused', `${quoted(file, 200)} is there already`, {
      hint: 'name another file, or add --yes to write over it',
    });
  }
  const decided = await decideColumns(context, columns);
  const constants = await askConstants(context, new Set(decided.values()), request.defaults ?? {});
  const text = mappingText({
    header,
    decided,
    constants,
    readAs,
    comment: `How the columns of ${printable(source)} become fields; written by orderflow-customers inspect.\nWhat else a mapping can say is in docs/import-guide.md.`,
  });
  // What was written must be what will be read.
  matchColumns(header, parseMapping(text, file));
  await writeMapping(context, target, text).catch((cause: Error) => {
    if (cause instanceof Failure) throw cause;
    throw new Failure('usage', `cannot write the mapping ${quoted(file, 200)}: ${cause.message}`, { cause });
  });
  const read = [...decided.values()].filter((field) => field !== 'ignore').length;
  context.note(`wrote ${file}: ${read} of ${header.length} columns are read; import with --mapping ${file}`);
  if (![...decided.values()].includes('name')) {
    context.note('no column is the name yet: an import needs one');
  }
}

/** What was made while the questions were answered is not written over unless `--yes` is given. */
async function writeMapping({ io, options }: Context, target: string, text: string): Promise<void> {
  if (!options.yes) return await writeFile(target, text, { flag: 'wx' });
  const output = createUnfinishedFile(target, { signal: io.signal });
  try {
    await output.write(text);
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
}

async function decideColumns(
  context: Context,
  { header, mapped, unknown, conflicts, ignored }: MatchedColumns,
): Promise<Map<string, FieldName | 'ignore'>> {
  const decided = new Map<string, FieldName | 'ignore'>();
  const twice = new Set(header.filter((name, index) => header.indexOf(name) !== index));
  // A mapping finds columns by name, and names nothing after what every object has.
  const mappable = (name: string) => name.trim() !== '' && name.trim() !== '__proto__' && !twice.has(name);
  for (const { name, field } of mapped) if (mappable(name)) decided.set(name, field);
  for (const name of ignored)
    if (mappable(name) && !name.trimStart().startsWith('_')) decided.set(name, 'ignore');
  for (const { field, names } of conflicts) {
    const choices = names.filter(mappable);
    const chosen = await ask(context, `Which column is ${field}?`, [
      ...choices.map((name) => ({ name: printable(name), value: name })),
      { name: 'none of them', value: '' },
    ]);
    for (const name of choices) decided.set(name, name === chosen ? field : 'ignore');
  }
  for (const { name, meant } of unknown) {
    if (!mappable(name) || decided.has(name)) continue;
    const free = fieldNames.filter((field) => ![...decided.values()].includes(field));
    const first =
      meant !== undefined && free.includes(meant) ? [{ name: `${meant} (suggested)`, value: meant }] : [];
    const others = free.filter((field) => field !== meant).map((field) => ({ name: field, value: field }));
    const answer = await ask(context, `Column ${quoted(name)} is`, [
      ...first,
      { name: 'ignore', value: 'ignore' as const },
      ...others,
    ]);
    decided.set(name, answer);
  }
  return decided;
}

async function askConstants(
  context: Context,
  given: ReadonlySet<string>,
  defaults: { currency?: string; language?: string },
): Promise<Partial<Record<FieldName, string>>> {
  const constants: Partial<Record<FieldName, string>> = {};
  const needed = [
    ['default_currency', defaults.currency, 'EUR'],
    ['default_language', defaults.language, 'de-DE'],
  ] as const;
  for (const [name, said, example] of needed) {
    if (given.has(name)) continue;
    constants[name] = said ?? (await askConstant(context, name, example));
  }
  return constants;
}

async function ask<Value extends string>(
  context: Context,
  message: string,
  choices: { name: string; value: Value }[],
): Promise<Value> {
  requirePrompt(context, message);
  return askChoice(context, { message, choices, undone });
}

async function askConstant(
  context: Context,
  name: 'default_currency' | 'default_language',
  example: string,
): Promise<string> {
  const message = `${name} of every customer, such as ${example}:`;
  requirePrompt(context, message);
  return askValue(context, { message, field: fields[name], undone });
}

function requirePrompt(context: Context, question: string): void {
  if (context.canPrompt()) return;
  throw new Failure(
    'confirmation_required',
    `a mapping needs answers, and nobody can be asked here: ${question} …`,
    {
      hint: 'run it on a terminal, or write the mapping as docs/import-guide.md shows',
    },
  );
}
