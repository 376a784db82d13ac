import type { Context } from '../../context.ts';
import type { Draft } from '../../import/draft/draft.ts';
import { ignoreColumn } from '../../import/draft/draft.ts';
import type { Candidate } from '../../import/draft/suggest-draft.ts';
import { refusedValues } from '../../import/draft/value-clues.ts';
import type { FieldName } from '../../model/fields.ts';
import { fields } from '../../model/fields.ts';
import { printable, quoted } from '../../model/printable.ts';
import { formatCount, formatNumberOf } from '../../render/text/numbers.ts';
import { askChoice, askValue } from './ask.ts';
import { undone } from './ask-needs.ts';

/** More values than this are not codes: a person would give up before the end. */
const askedValues = 20;

const codeFields = new Set<FieldName>([
  'default_currency',
  'default_language',
  'is_active',
  'billing_country',
  'shipping_country',
  'contact_is_primary',
]);

/** The columns of codes with values that are not recognised, and these values. */
export function unreadValues(
  draft: Draft,
  candidates: Candidate[],
): { candidate: Candidate; field: FieldName; values: [value: string, rows: number][] }[] {
  return candidates.flatMap((candidate) => {
    const rule = draft.columns.get(candidate.name);
    const field = rule?.fields.find((name) => codeFields.has(name));
    if (rule === undefined || field === undefined || rule.splitBy !== undefined) return [];
    const contrary = candidate.contrary && rule.values === undefined;
    const values = refusedValues(field, candidate.values, { contrary }).filter(
      ([value]) => rule.values?.[value] === undefined,
    );
    return values.length === 0 ? [] : [{ candidate, field, values }];
  });
}

/** Asks what to do with the values that are not recognised, and for a table of them. */
export async function askUnreadValues(
  context: Context,
  draft: Draft,
  { candidate, field, values }: ReturnType<typeof unreadValues>[number],
): Promise<void> {
  const rows = values.reduce((sum, [, count]) => sum + count, 0);
  const shown = values.slice(0, 3).map(([value, count]) => `${quoted(value, 24)} ${formatCount(count)}`);
  const answer = await askChoice(context, {
    message: `${printable(candidate.name)} has ${formatNumberOf(values.length, 'value')} that ${values.length === 1 ? 'is' : 'are'} not valid for ${field}, in ${formatNumberOf(rows, 'row')}: ${shown.join(', ')}`,
    choices: [
      { name: 'say what each means', value: 'table' },
      { name: 'leave them: their rows will be rejected', value: 'leave' },
      { name: `ignore the column ${printable(candidate.name)}`, value: 'ignore' },
    ],
    first: values.length > askedValues ? 'leave' : 'table',
    undone,
  });
  if (answer === 'ignore') ignoreColumn(draft, candidate.name);
  if (answer === 'table') await askTable(context, draft, { candidate, field, values });
}

/** Asks what each value means, the most frequent first; a blank answer leaves it unchanged. */
export async function askTable(
  context: Context,
  draft: Draft,
  asked: { candidate: Candidate; field: FieldName; values: [value: string, rows: number][] },
): Promise<void> {
  const { candidate, field, values } = asked;
  const rule = draft.columns.get(candidate.name);
  if (rule === undefined) return;
  const table: Record<string, string> = {};
  for (const [value, rows] of values.slice(0, askedValues)) {
    const meant = await askValue(context, {
      message: `${quoted(value, 40)} (${formatNumberOf(rows, 'row')}) is the ${field}:`,
      field: fields[field],
      required: false,
      current: likelyFix(field, value),
      undone,
    });
    if (meant !== '') table[value] = meant === 'true' ? 'yes' : meant === 'false' ? 'no' : meant;
  }
  if (Object.keys(table).length === 0) return;
  // A table defines itself what blocked and active mean, so it needs every value.
  const contrary = candidate.contrary && field === 'is_active' ? contraryTable(candidate, table) : {};
  rule.values = { ...contrary, ...rule.values, ...table };
}

function contraryTable(candidate: Candidate, table: Record<string, string>): Record<string, string> {
  const known = [...candidate.values.counts.keys()].filter((value) => table[value] === undefined);
  const blocked = known.map((value) => [value, fields.is_active.parse(value) === 'true' ? 'no' : 'yes']);
  return { '': 'yes', ...Object.fromEntries(blocked) };
}

function likelyFix(field: FieldName, value: string): string | undefined {
  const found = fields[field].parse(value);
  return typeof found === 'string' ? undefined : found.meant;
}
