import { Failure } from '../../errors.ts';
import { contactColumns, customerColumns, isAddressColumn, partFieldsOf } from '../../model/columns.ts';
import { nearName } from '../../model/near-name.ts';
import { parseErrorBudget } from '../error-budget.ts';
import type { GuardLimit } from './guards.ts';

/**
 * The columns of a file; `is_active` has its own guard. Taken from the columns alone, because help needs no
 * rules.
 */
const guardedFields = [
  ...customerColumns
    .filter((column) => column !== 'is_active')
    .flatMap((column) =>
      isAddressColumn(column) ? partFieldsOf(column).map(({ field }) => field) : [column],
    ),
  ...contactColumns.map((column) => `contact_${column}`),
];

const guardNames = [
  'deactivations',
  'rows',
  'missing_line_break',
  ...guardedFields.map((field) => `cleared.${field}`),
  ...guardedFields.map((field) => `changed.${field}`),
];

/** `deactivations=50`: accepts exactly that count. Throws `usage`. */
export function parseAllow(text: string, earlier: Map<string, number>): Map<string, number> {
  const { name, value } = splitFlag('--allow', text);
  if (/^\d{1,9}$/.test(value)) return new Map(earlier).set(name, Number(value));
  throw new Failure('usage', `--allow takes an exact number, not ${JSON.stringify(text)}`, {
    hint: `the message of the refused run shows it: --allow ${name}=50`,
  });
}

/** `deactivations=2%`, `rows=800` or `changed.notes=none`. Throws `usage`. */
export function parseGuard(text: string, earlier: Map<string, GuardLimit>): Map<string, GuardLimit> {
  const { name, value } = splitFlag('--guard', text);
  if (name === 'missing_line_break') {
    throw new Failure('usage', 'a missing line break has no limit', {
      hint: '--allow missing_line_break=1 accepts it',
    });
  }
  if (value === 'none') return new Map(earlier).set(name, null);
  const parsed = parseErrorBudget(value);
  if (parsed?.rows !== undefined) return new Map(earlier).set(name, { count: parsed.rows });
  if (parsed?.millionths !== undefined) return new Map(earlier).set(name, { millionths: parsed.millionths });
  throw new Failure('usage', `--guard takes a number, a percentage or none, not ${JSON.stringify(text)}`, {
    hint: `such as --guard ${name}=2%`,
  });
}

function splitFlag(flag: string, text: string): { name: string; value: string } {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (guardNames.includes(name)) return { name, value };
  const near = nearName(name, guardNames, (known) => known.toLowerCase());
  throw new Failure('usage', `${flag} does not know ${JSON.stringify(name === '' ? text : name)}`, {
    hint:
      near === undefined
        ? 'deactivations, rows, cleared.FIELD and changed.FIELD, with the name of a column as FIELD'
        : `did you mean ${near}?`,
  });
}
