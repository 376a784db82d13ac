import { addressColumns } from '../model/columns.ts';
import type { ExportWarning } from '../model/export-report.ts';
import type { Field } from '../model/fields.ts';
import { fieldNames, fields } from '../model/fields.ts';
import { listedMessages } from '../model/import-report.ts';
import { quoted } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';
import type { ExportRow } from '../store/search/export-rows.ts';
import type { Values } from './exported-record.ts';
import { lostFrom } from './exported-record.ts';

const rules: Field[] = fieldNames.map((name) => fields[name]);
const contactEmail = fieldNames.indexOf('contact_email');
/** Longer values are cut in a report. */
const shownLength = 200;

/**
 * Collects what an import would refuse or change in an export: values that another program wrote against the
 * rules. They are exported unchanged, because a file that omits something is worse than one that needs
 * corrections.
 */
export function collectDoubts() {
  const warnings: ExportWarning[] = [];
  let total = 0;

  function doubt(warning: ExportWarning): void {
    total++;
    if (warnings.length < listedMessages) warnings.push(warning);
  }

  return {
    warnings,
    total: () => total,

    /** Checks one record, the `number`th of the file. */
    look(row: ExportRow, values: Values, number: number): void {
      const customer = row.erp_customer_number ?? row.id;
      const place = { row: number, customer };
      for (let index = 0; index < rules.length; index++) {
        const value = values[index] as string | null;
        const rule = rules[index] as Field;
        const found = value === null ? undefined : doubtOf(rule, value);
        if (found === undefined) continue;
        const { code, message: warning, hint = null } = found;
        doubt({ ...place, column: rule.name, value: cut(value ?? ''), code, warning, hint });
      }
      if (row.contact_id !== null && values[contactEmail] === '') {
        const { code, message: warning } = fields.contact_email.missing;
        doubt({ ...place, column: 'contact_email', value: '', code, warning, hint: null });
      }
      for (const side of addressColumns) {
        for (const { part, value } of lostFrom(row[side]) ?? []) {
          doubt({
            ...place,
            column: part === '' ? side : `${side}.${part}`,
            value: cut(value),
            code: 'not_in_file',
            warning: `${quoted(value)} cannot be written to a column of the file`,
            hint: 'the database keeps it, but an import of the file alone does not restore it',
          });
        }
      }
    },
  };
}

type Doubt = Omit<Problem, 'code'> & { code: string };

function doubtOf(rule: Field, value: string): Doubt | undefined {
  if (value === '') {
    return (
      rule.missing ?? {
        code: 'changed_by_import',
        message: 'an empty text is stored; an import reads it as no value',
      }
    );
  }
  const parsed = rule.parse(value);
  if (parsed === value) return undefined;
  if (typeof parsed !== 'string') return parsed;
  // Addresses are compared without regard to case.
  if (rule.name.endsWith('email') && parsed === value.toLowerCase()) return undefined;
  return {
    code: 'changed_by_import',
    message:
      parsed === ''
        ? `an import reads ${quoted(value)} as blank`
        : `an import changes ${quoted(value)} to ${quoted(parsed)}`,
  };
}

function cut(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength - 1).toWellFormed()}…`;
}
