import type { Context } from '../../context.ts';
import type { ColumnDefaults } from '../../import/columns/columns.ts';
import type { KnownSystem } from '../../import/columns/known-systems.ts';
import type { Need } from '../../import/draft/needs.ts';
import { fields } from '../../model/fields.ts';
import { quoted } from '../../model/printable.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';
import { askChoice, askValue } from './ask.ts';

export const undone = 'no mapping was written';

/** Whether to start from the mapping that comes with the tool. */
export async function askWhetherSystem(context: Context, { name, title }: KnownSystem): Promise<boolean> {
  const answer = await askChoice(context, {
    message: `An export of ${title}. Start from the mapping ${name}?`,
    choices: [
      { name: 'Yes', value: 'yes' },
      { name: 'No, ask about the columns', value: 'no' },
    ],
    undone,
  });
  return answer === 'yes';
}

/** Asks once for each currency and language that neither the file nor the command line gives. */
export async function askNeeds(
  context: Context,
  needs: Need[],
  given: ColumnDefaults,
): Promise<ColumnDefaults> {
  const filled: ColumnDefaults = { ...given };
  for (const { field, flag, column, rows } of needs) {
    if (filled[flag] !== undefined) continue;
    const example = flag === 'currency' ? 'EUR' : 'de-DE';
    const what = flag === 'currency' ? 'Currency' : 'Language';
    const where =
      column === undefined
        ? 'of the customers, which no column gives'
        : `where ${quoted(column, 30)} is blank (${formatNumberOf(rows, 'row')})`;
    filled[flag] = await askValue(context, {
      message: `${what} ${where}, such as ${example}:`,
      field: fields[field],
      undone,
    });
  }
  return filled;
}
