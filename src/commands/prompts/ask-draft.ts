import type { Context } from '../../context.ts';
import type { ColumnValues } from '../../import/columns/column-values.ts';
import type { ColumnDefaults } from '../../import/columns/columns.ts';
import type { Draft } from '../../import/draft/draft.ts';
import { columnsFor, fieldsFrom, isFilled, setColumn, settleContacts } from '../../import/draft/draft.ts';
import { fillNeeds, needsOf } from '../../import/draft/needs.ts';
import type { Candidate, Suggestion } from '../../import/draft/suggest-draft.ts';
import { byWeight } from '../../import/draft/suggest-draft.ts';
import type { FieldName } from '../../model/fields.ts';
import type { Inspection } from '../../model/inspection.ts';
import { printable } from '../../model/printable.ts';
import { formatCount, formatNumberOf } from '../../render/text/numbers.ts';
import { askChoice } from './ask.ts';
import type { Answer } from './ask-column.ts';
import { askColumn, describeColumn, examples } from './ask-column.ts';
import { askNeeds, undone } from './ask-needs.ts';
import { askUnreadValues, unreadValues } from './ask-values.ts';

interface Asked<Proposal> {
  suggestion: Suggestion;
  header: string[];
  values: ColumnValues[];
  defaults: ColumnDefaults;
  /** The path of the mapping. */
  file: string;
  /** Runs the whole file through the draft. */
  propose(this: void, draft: Draft): Promise<Proposal>;
}

/**
 * Asks about the columns that matter, what the file does not contain, and values that are not recognised.
 * Then shows every column and how many rows would be accepted, until the person writes the mapping.
 */
export async function askDraft<Proposal extends { trial: { inspection: Inspection } }>(
  context: Context,
  asked: Asked<Proposal>,
): Promise<Proposal> {
  const { suggestion, header, values, defaults, file, propose } = asked;
  const { draft, candidates } = suggestion;
  await askRequired(context, suggestion);
  await askColumns(context, suggestion);
  const left = new Set<string>();
  let given = defaults;
  while (true) {
    settleContacts(draft, { named: false });
    given = await askNeeds(context, needsOf(draft, { header, values }), given);
    fillNeeds(draft, needsOf(draft, { header, values }), given);
    for (const unread of unreadValues(draft, candidates)) {
      if (left.has(unread.candidate.name)) continue;
      left.add(unread.candidate.name);
      await askUnreadValues(context, draft, unread);
    }
    const proposal = await propose(draft);
    const column = await askReview(context, { draft, candidates, file, ...proposal.trial });
    if (column === undefined) return proposal;
    left.delete(column.name);
    await askColumn(context, { draft, candidate: column, candidates, place: '', back: true, rest: false });
    if (!isFilled(draft, 'name')) await askRequired(context, suggestion);
  }
}

/** A customer needs a name. */
async function askRequired(context: Context, { draft, candidates }: Suggestion): Promise<void> {
  if (isFilled(draft, 'name')) return;
  const name = await askChoice(context, {
    message: 'Which column is the name of the customer?',
    choices: candidates
      .filter(({ values }) => values.filled > 0)
      .map((candidate) => ({
        name: `${printable(candidate.name)}  ${examples(candidate)}`,
        value: candidate.name,
      })),
    undone,
  });
  setColumn(draft, name, { fields: ['name'] });
}

/** The uncertain columns that resemble a field, one after the other, the most important first. */
async function askColumns(context: Context, { draft, candidates }: Suggestion): Promise<void> {
  const columns = candidates
    .filter((candidate) => isAsked(candidate, draft))
    .toSorted((one, other) => weightOf(one) - weightOf(other));
  let place = 0;
  while (place < columns.length) {
    const candidate = columns[place] as Candidate;
    const answer: Answer = await askColumn(context, {
      draft,
      candidate,
      candidates,
      place: `(${place + 1}/${columns.length}) `,
      back: place > 0,
      rest: place < columns.length - 1,
    });
    if (answer === 'rest') return;
    place += answer === 'back' ? -1 : 1;
  }
}

function isAsked({ name, clues, part, values }: Candidate, draft: Draft): boolean {
  if (values.filled === 0 || columnsFor(draft, 'name').includes(name)) return false;
  if (part !== undefined || clues[0]?.strength === 'sure') return false;
  // A column that merely looks like a field is not asked about if another column already is that field.
  const read = fieldsFrom(draft, name).length > 0;
  return read || clues.some(({ field, strength }) => strength === 'likely' || !isFilled(draft, field));
}

function weightOf({ clues: [clue] }: Candidate): number {
  return byWeight.indexOf(clue?.field as FieldName);
}

/** The whole mapping, to be written or corrected: returns the column to correct, undefined to write it. */
async function askReview(
  context: Context,
  shown: { draft: Draft; candidates: Candidate[]; file: string; inspection: Inspection },
): Promise<Candidate | undefined> {
  const { draft, candidates, file, inspection } = shown;
  const { rows, accepted, problems } = inspection;
  const [first] = problems;
  if (first !== undefined) {
    const at = first.column === null ? '' : `${printable(first.column)}: `;
    context.note(`line ${first.line}: ${at}${first.message}`);
  }
  const width = Math.min(30, Math.max(...candidates.map(({ name }) => printable(name).length)));
  const described = candidates.map((candidate) => {
    const what = describeColumn(draft, candidate.name);
    return `${printable(candidate.name).padEnd(width)}  ${what.padEnd(24)}  ${examples(candidate)}`;
  });
  const answer = await askChoice(context, {
    message: `${formatCount(accepted)} of ${formatNumberOf(rows, 'row')} would be accepted. Write ${printable(file)}, or correct a column:`,
    choices: [
      { name: `write ${printable(file)}`, value: 'write' },
      ...candidates.map(({ name }, index) => ({ name: described[index] as string, value: `column ${name}` })),
    ],
    undone,
  });
  return candidates.find(({ name }) => answer === `column ${name}`);
}
