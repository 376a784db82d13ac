import type { Context } from '../../context.ts';
import type { Draft } from '../../import/draft/draft.ts';
import { columnsFor, fieldsFrom, ignoreColumn, setColumn, setJoin } from '../../import/draft/draft.ts';
import type { Candidate } from '../../import/draft/suggest-draft.ts';
import { byWeight } from '../../import/draft/suggest-draft.ts';
import type { FieldName } from '../../model/fields.ts';
import { printable, quoted } from '../../model/printable.ts';
import { askChoice, askSearch, askSeveral, askText } from './ask.ts';
import { undone } from './ask-needs.ts';
import { askTable } from './ask-values.ts';

/** The answer to a question; `rest` accepts all remaining suggestions. */
export type Answer = 'next' | 'back' | 'rest';

interface Asked {
  draft: Draft;
  candidate: Candidate;
  candidates: Candidate[];
  /** `(3/12) `, in front of the question. */
  place: string;
  back: boolean;
  rest: boolean;
}

/** Asks what a column is: one of the likely fields, ignored, or anything else that a mapping can express. */
export async function askColumn(context: Context, asked: Asked): Promise<Answer> {
  const { draft, candidate, place } = asked;
  const { name } = candidate;
  const now = fieldsFrom(draft, name);
  const likely = [...new Set([...now, ...candidate.clues.map(({ field }) => field)])];
  const answer = await askChoice(context, {
    message: `${place}Column ${quoted(name, 40)}: ${examples(candidate)}`,
    choices: [
      ...(now.length > 1 || isJoined(draft, name)
        ? [{ name: `${describeColumn(draft, name)}, as it is`, value: 'keep' as const }]
        : likely.slice(0, 4).map((field) => ({ name: offered(draft, name, field), value: field }))),
      { name: 'ignore', value: 'ignore' as const },
      { name: 'another field …', value: 'field' as const },
      { name: 'two fields, join, split, values …', value: 'more' as const },
      ...(asked.rest ? [{ name: 'accept all other suggestions', value: 'rest' as const }] : []),
      ...(asked.back ? [{ name: 'back', value: 'back' as const }] : []),
    ],
    first: now.length === 0 ? 'ignore' : undefined,
    undone,
  });
  switch (answer) {
    case 'keep':
      return 'next';
    case 'rest':
    case 'back':
      return answer;
    case 'ignore':
      ignoreColumn(draft, name);
      return 'next';
    case 'field':
      setColumn(draft, name, { fields: [await askField(context, draft, 'Which field?')] });
      return 'next';
    case 'more':
      return (await askMore(context, asked)) ? 'next' : await askColumn(context, asked);
    default:
      setColumn(draft, name, { ...draft.columns.get(name), fields: [answer] });
      return 'next';
  }
}

/** One column for two fields, several for one, one cut in two, a table of values; false for back. */
async function askMore(context: Context, asked: Asked): Promise<boolean> {
  const { draft, candidate, candidates } = asked;
  const { name, values } = candidate;
  const [field] = draft.columns.get(name)?.fields ?? [];
  const what = await askChoice(context, {
    message: quoted(name, 40),
    choices: [
      { name: 'fills two fields', value: 'two' as const },
      { name: 'is joined with other columns', value: 'join' as const },
      { name: 'is split into two fields', value: 'split' as const },
      ...(field === undefined
        ? []
        : [{ name: `has values to translate into ${field}`, value: 'values' as const }]),
      { name: 'back', value: 'back' as const },
    ],
    undone,
  });
  if (what === 'back') return false;
  if (what === 'values' && field !== undefined) {
    const found = [...values.counts].toSorted(([, one], [, other]) => other - one);
    await askTable(context, draft, { candidate, field, values: found });
    return true;
  }
  if (what === 'join') {
    const into = await askField(context, draft, 'Which field do they make up?');
    const columns = await askSeveral(context, {
      message: 'Which columns, in the order of the file?',
      choices: candidates.map((other) => ({
        name: `${printable(other.name)}  ${examples(other)}`,
        value: other.name,
        checked: other.name === name,
      })),
      undone,
    });
    const between = await askText(context, { message: 'What is between them?', current: ' ', undone });
    setJoin(draft, { field: into, columns, with: between === '' ? ' ' : between, else: [] });
    return true;
  }
  const splitBy =
    what === 'split'
      ? await askText(context, { message: 'Split at:', current: likelySeparator(candidate), undone })
      : undefined;
  const one = await askField(context, draft, 'First field?');
  const other = await askField(context, draft, 'Second field?', one);
  setColumn(draft, name, {
    fields: [one, other],
    ...(splitBy === undefined || splitBy === '' ? {} : { splitBy }),
  });
  return true;
}

async function askField(
  context: Context,
  draft: Draft,
  message: string,
  except?: FieldName,
): Promise<FieldName> {
  return askSearch(context, {
    message,
    choices: byWeight
      .filter((field) => field !== except)
      .map((field) => ({ name: offered(draft, undefined, field), value: field })),
    undone,
  });
}

/** A field, with the column that fills it now: choosing it takes it away from that column. */
function offered(draft: Draft, column: string | undefined, field: FieldName): string {
  const now = columnsFor(draft, field).filter((name) => name !== column);
  return now.length === 0 ? field : `${field} (now ${now.map((name) => printable(name)).join(' + ')})`;
}

export function examples({ values }: Candidate): string {
  const shown = [...values.counts.keys()].slice(0, 3).map((value) => quoted(value, 24));
  return shown.length === 0 ? 'blank in every row' : shown.join(', ');
}

/** What happens to a column, in a few words. */
export function describeColumn(draft: Draft, column: string): string {
  const rule = draft.columns.get(column);
  const texts = [
    ...(rule === undefined ? [] : [rule.fields.join(rule.splitBy === undefined ? ' and ' : ` | `)]),
    ...draft.joins
      .filter((join) => join.columns.includes(column) || join.else.includes(column))
      .map((join) => `${join.field}, joined`),
  ];
  return texts.length === 0 ? 'ignored' : texts.join('; ');
}

function isJoined({ joins }: Draft, column: string): boolean {
  return joins.some((join) => join.columns.includes(column) || join.else.includes(column));
}

/** The separator in most values. */
function likelySeparator({ values }: Candidate): string {
  const found = [', ', ' / ', '/', ';', ' - ', ' '].find((sign) =>
    [...values.counts.keys()].every((value) => value.includes(sign)),
  );
  return found ?? ' ';
}
