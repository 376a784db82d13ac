import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import type { ColumnDefaults } from '../../import/columns/columns.ts';
import type { KnownSystem } from '../../import/columns/known-systems.ts';
import { knownSystem } from '../../import/columns/known-systems.ts';
import type { Mapping } from '../../import/columns/mapping.ts';
import { parseMapping } from '../../import/columns/mapping-file.ts';
import { shippedMappingText } from '../../import/columns/shipped-mapping.ts';
import type { Draft } from '../../import/draft/draft.ts';
import { isFilled } from '../../import/draft/draft.ts';
import type { ReadAs } from '../../import/draft/mapping-text.ts';
import { mappingText, withConstants } from '../../import/draft/mapping-text.ts';
import type { Need } from '../../import/draft/needs.ts';
import { fillNeeds, needsOf } from '../../import/draft/needs.ts';
import { suggestDraft } from '../../import/draft/suggest-draft.ts';
import type { inspectFile } from '../../import/inspect-file.ts';
import type { Inspection } from '../../model/inspection.ts';
import { printable, quoted } from '../../model/printable.ts';
import { formatCount, formatNumberOf } from '../../render/text/numbers.ts';
import { askDraft } from './ask-draft.ts';
import { askNeeds, askWhetherSystem } from './ask-needs.ts';

type Inspected = Awaited<ReturnType<typeof inspectFile>>;

export interface MappingToSave {
  /** The inspection of the file without a mapping, with the values of every column. */
  found: Inspected;
  /** The path of the mapping. */
  file: string;
  readAs: ReadAs;
  /** The command line's values for columns that the file lacks. */
  defaults: ColumnDefaults;
  /** Runs the whole file through a mapping. */
  tryOut(mapping: Mapping, defaults: ColumnDefaults): Promise<Inspected>;
}

/** A mapping that was written, and the inspection of the whole file under it. */
export interface SavedMapping {
  trial: Inspected;
  /** What an import needs in addition. */
  needs: Need[];
}

/** A mapping that was run through the whole file, but not written yet. */
interface Proposal extends SavedMapping {
  text: string;
  read: number;
  leftOut: { column: string; why: string }[];
}

/**
 * Makes a mapping for a file: from the shipped one for files of a known system, otherwise from the columns'
 * names and values; asks about it on a terminal, accepts it with `--yes`. Only a mapping that was run through
 * the whole file is written. Throws `refused` if the mapping's file exists and `--yes` is not given,
 * `confirmation_required` if questions are impossible, `missing_column` if no column is the customer's name.
 */
export async function saveMapping(context: Context, request: MappingToSave): Promise<SavedMapping> {
  const { file, found } = request;
  const { yes } = context.options;
  const target = path.resolve(context.io.cwd, file);
  if (!yes && (await exists(target))) {
    throw new Failure('refused', `${quoted(file, 200)} already exists`, {
      hint: 'name another file, or add --yes to accept the suggestions and write over it',
    });
  }
  if (!yes && !context.canPrompt()) {
    throw new Failure('confirmation_required', 'a mapping needs answers, and no question can be asked here', {
      hint: 'add --yes to accept the suggestions, or run it on a terminal',
    });
  }
  const system = found.inspection.system === null ? undefined : knownSystem(found.inspection.system.mapping);
  const proposal =
    (system === undefined ? undefined : await ofSystem(context, request, system)) ??
    (await ofColumns(context, request));
  const { trial, text, read, leftOut, needs } = proposal;
  await writeMapping(context, target, text).catch((cause: Error) => {
    if (cause instanceof Failure) throw cause;
    throw new Failure('usage', `cannot write the mapping ${quoted(file, 200)}: ${cause.message}`, { cause });
  });
  const { rows, accepted, columns } = trial.inspection;
  context.note(
    `wrote ${file}: ${read} of ${columns.length} columns are read, ${formatCount(accepted)} of ${formatNumberOf(rows, 'row')} would be accepted`,
  );
  for (const { column, why } of leftOut) context.note(`left out: ${quoted(column, 40)}: ${why}`);
  for (const need of needs) context.note(describeNeed(need));
  return { trial, needs };
}

/** A file that was created while the questions were answered is not overwritten unless `--yes` is given. */
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

function describeNeed({ flag, column, rows }: Need): string {
  const where =
    column === undefined
      ? `no column gives the ${flag}`
      : `${quoted(column, 40)} is blank in ${formatNumberOf(rows, 'row')}`;
  return `${where}: give yours with --default ${flag}=…, here or in the import`;
}

/** The shipped mapping; undefined if it does not fit the file, or was declined. */
async function ofSystem(
  context: Context,
  request: MappingToSave,
  system: KnownSystem,
): Promise<Proposal | undefined> {
  const { file, found, defaults } = request;
  const text = await shippedMappingText(system.name);
  const plain = await request.tryOut(parseMapping(text, file), examples).catch((error: unknown) => {
    // The header is recognised as the system's, but lacks columns that the mapping needs.
    if (error instanceof Failure && error.code === 'mapping_mismatch') return undefined;
    throw error;
  });
  if (plain === undefined || !plain.inspection.importable) return undefined;
  const prompting = !context.options.yes;
  if (prompting && !(await askWhetherSystem(context, system))) return undefined;
  const { header } = found.matched;
  const draft: Draft = { columns: new Map(), joins: [], constants: {} };
  for (const { column, field } of plain.inspection.columns) {
    if (field === 'default_currency' || field === 'default_language')
      draft.columns.set(column, { fields: [field] });
  }
  const given = prompting
    ? await askNeeds(context, needsOf(draft, { header, values: found.values }), defaults)
    : defaults;
  fillNeeds(draft, needsOf(draft, { header, values: found.values }), given);
  const written = withConstants(text, {
    constants: draft.constants,
    blanks: blanksOf(draft),
    readAs: request.readAs,
    comment: commentFor(found.inspection, `from the mapping ${system.name}`),
  });
  const needs = needsOf(draft, { header, values: found.values });
  const trial = await request.tryOut(parseMapping(written, file), stillNeeded(needs));
  const read = trial.inspection.columns.filter(({ field }) => field !== null).length;
  return { text: written, trial, read, leftOut: [], needs };
}

function blanksOf({ columns }: Draft): Draft['constants'] {
  const blanks = [...columns.values()].flatMap(({ fields: [field], values }) =>
    values?.[''] === undefined ? [] : [[field, values['']] as const],
  );
  return Object.fromEntries(blanks) as Draft['constants'];
}

/** A mapping from the names and values of the columns. */
async function ofColumns(context: Context, request: MappingToSave): Promise<Proposal> {
  const { file, found, defaults, readAs } = request;
  const { header } = found.matched;
  const { values } = found;
  const suggestion = suggestDraft(header, values);

  async function propose(draft: Draft): Promise<Proposal> {
    fillNeeds(draft, needsOf(draft, { header, values }), defaults);
    const text = mappingText(draft, { header, readAs, comment: commentFor(found.inspection) });
    const needs = needsOf(draft, { header, values });
    const trial = await request.tryOut(parseMapping(text, file), stillNeeded(needs));
    const read = trial.inspection.columns.filter(({ field }) => field !== null).length;
    const leftOut = suggestion.leftOut.filter(
      ({ column }) => trial.inspection.columns.find((one) => one.column === column)?.field === null,
    );
    return { text, trial, read, leftOut, needs };
  }

  if (!context.options.yes) {
    return askDraft(context, { suggestion, header, values, defaults, file, propose });
  }
  const { draft } = suggestion;
  if (!isFilled(draft, 'name')) {
    throw new Failure('missing_column', 'no column looks like the name of the customer', {
      hint: 'run it on a terminal without --yes to choose one, or name the column “name”',
    });
  }
  const proposal = await propose(draft);
  const { rows, accepted, problems } = proposal.trial.inspection;
  if (rows > 0 && accepted === 0) {
    const [first] = problems;
    throw new Failure('refused', `the suggested mapping would accept no row; ${describeFirst(first)}`, {
      hint: 'run it on a terminal without --yes to correct the mapping',
    });
  }
  return proposal;
}

function describeFirst(problem: Inspection['problems'][number] | undefined): string {
  if (problem === undefined) return 'the file has no readable row';
  const { line, column, message } = problem;
  return `line ${line}${column === null ? '' : `, ${printable(column)}`}: ${printable(message)}`;
}

/**
 * Placeholders for what an import will be given: whether a row is accepted does not depend on the currency's
 * value.
 */
const examples = { currency: 'EUR', language: 'de-DE' } as const;

function stillNeeded(needs: Need[]): ColumnDefaults {
  return Object.fromEntries(needs.map(({ flag }) => [flag, examples[flag]]));
}

function commentFor({ file }: Inspection, from = ''): string {
  const made = from === '' ? '' : `, ${from}`;
  return `How the columns of ${printable(file)} become fields; written by orderflow-customers inspect${made}.\ndocs/import-guide.md describes all that a mapping can contain.`;
}

async function exists(target: string): Promise<boolean> {
  return access(target).then(
    () => true,
    () => false,
  );
}
