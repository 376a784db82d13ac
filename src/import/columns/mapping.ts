import * as z from 'zod';
import { parseDelimiter } from '../../files/csv/delimiters.ts';
import { customerKeys } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames, fields } from '../../model/fields.ts';
import { quoted } from '../../model/printable.ts';
import { describeProblem } from '../../model/problem.ts';
import { suggestField } from './column-synonyms.ts';
import { contactPart, rowKindOf } from './mapping-parts.ts';

/** A mapping file's content. docs/import-guide.md describes its form, and `parseMapping` reads it. */
export type Mapping = z.output<typeof mappingSchema> & {
  /** The mapping file, for messages. */
  file: string;
};

export type ColumnRule = z.output<typeof columnRule>;
export type ConditionRule = z.output<typeof condition>;

const known = new Set<string>(fieldNames);

const field = z.string().transform((name, context): FieldName => {
  if (known.has(name)) return name as FieldName;
  const meant = suggestField(name, fieldNames);
  context.addIssue({
    code: 'custom',
    message: `${quoted(name)} is not a field`,
    params: {
      hint: meant === undefined ? 'docs/import-guide.md lists the fields' : `did you mean ${meant}?`,
    },
  });
  return z.NEVER;
});

const oneOrMore = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(z.string()).min(1, 'at least one is needed'),
);

const yesNo = z.enum(['true', 'false'], 'true or false is needed').transform((word) => word === 'true');

/** `Ort: billing_city`, `E-Mail: [email, contact_email]`, `Fax: ignore`, or with what to do to the cell. */
const columnRule = z.preprocess(
  (value) => {
    if (value === 'ignore') return { fields: [] };
    if (typeof value === 'string') return { fields: [value] };
    if (Array.isArray(value)) return { fields: value as unknown };
    if (typeof value !== 'object' || value === null || !('field' in value)) return value;
    const { field: one, ...rest } = value;
    return 'fields' in rest ? value : { ...rest, fields: typeof one === 'string' ? [one] : one };
  },
  z
    .strictObject({
      fields: z.array(field).optional(),
      /** Cell → value; a cell that is not in the table stays unchanged. */
      values: z.record(z.string(), z.string()).optional(),
      /** Removed from the front of a cell that begins with it. */
      strip: z.string().min(1, 'a text is needed').optional(),
      split: z
        .strictObject({
          by: z.string().min(1, 'a text is needed'),
          fields: z.array(field).min(2, 'two or more are needed'),
        })
        .optional(),
      /** The file may lack the column. */
      optional: yesNo.default(false),
    })
    .refine(({ fields: into, split }) => (into === undefined) !== (split === undefined), {
      message: 'either field or split is needed',
    }),
);

const join = z.strictObject({
  field,
  columns: z.array(z.string()).min(1, 'at least one is needed'),
  with: z.string().default(' '),
  /** Removed from the front of each cell that begins with it. */
  strip: z.string().min(1, 'a text is needed').optional(),
  /** Joined instead, if all of `columns` are blank. */
  else: z.array(z.string()).default([]),
});

/** The rows that a rule applies to. */
const condition = z
  .strictObject({
    column: z.string(),
    /** Literal values; '' for a blank cell. */
    equals: oneOrMore.optional(),
    not_equals: oneOrMore.optional(),
    starts_with: oneOrMore.optional(),
  })
  .refine((rule) => [rule.equals, rule.not_equals, rule.starts_with].filter(Boolean).length === 1, {
    message: 'one of equals, not_equals and starts_with is needed',
  });

const delimiter = z
  .string()
  .refine((text) => parseDelimiter(text) !== undefined, {
    message: 'one character is needed, such as , ; | or the word tab',
  })
  .transform((text) => parseDelimiter(text));

export const mappingSchema = z
  .strictObject({
    /** Every column of the file for which the mapping was written; other files are refused. */
    expects: z.array(z.string()).optional(),
    delimiter: delimiter.optional(),
    encoding: z.string().min(1, 'a text is needed').optional(),
    columns: z.record(z.string(), columnRule).default({}),
    /** Alternative names of columns in the file: the header in another language, of an older version. */
    names: z.record(z.string(), oneOrMore).default({}),
    /** Columns that the file may lack, wherever the mapping names them. */
    optional: z.array(z.string()).default([]),
    join: z.array(join).default([]),
    /** Values of fields without a column. */
    constants: z.partialRecord(z.enum(fieldNames as [FieldName, ...FieldName[]]), z.string()).default({}),
    skip: z.array(condition).default([]),
    /** More contacts of a row's customer. */
    contacts: z.array(contactPart).default([]),
    /** Rows that are not customers: contacts and addresses of a customer that has another row. */
    rows: z.array(rowKindOf(condition)).default([]),
    /** The system's own id of a customer, which links such rows to it. */
    id: z.string().optional(),
    /** What identifies a row's customer. */
    match: z.enum(customerKeys, 'erp_customer_number, email or id is needed').optional(),
    /** Whether columns that are not named here are matched by their names, as without a mapping. */
    other_columns: z.enum(['match', 'ignore'], 'match or ignore is needed').default('match'),
    /** Accepts only codes: no names of countries, languages and currencies. */
    strict_values: yesNo.default(false),
    /** What to do with contact cells of a row whose contact_email is blank. */
    contact_without_email: z.enum(['reject', 'ignore'], 'reject or ignore is needed').default('reject'),
  })
  .superRefine((mapping, context) => {
    const taken = new Map<FieldName, string>();
    function take(into: readonly FieldName[], from: string, path: (string | number)[]): void {
      for (const name of into) {
        const earlier = taken.get(name);
        if (earlier !== undefined) {
          context.addIssue({
            code: 'custom',
            path,
            message: `${name} is filled twice, from ${quoted(earlier)} and ${quoted(from)}`,
            params: { hint: 'join the columns, or ignore one' },
          });
        }
        taken.set(name, from);
      }
    }
    for (const [column, rule] of Object.entries(mapping.columns)) {
      take([...(rule.fields ?? []), ...(rule.split?.fields ?? [])], column, ['columns', column]);
    }
    for (const [place, { field: into, columns }] of mapping.join.entries()) {
      take([into], columns.join(' + '), ['join', place]);
    }
    for (const [place, { of }] of mapping.rows.entries()) {
      if (of.id === undefined || mapping.id !== undefined) continue;
      context.addIssue({
        code: 'custom',
        path: ['rows', place, 'of', 'id'],
        message: 'the mapping has no id',
        params: { hint: "id: COLUMN names the column with the id of a customer's own row" },
      });
    }
    for (const [name, value] of Object.entries(mapping.constants)) {
      const { parse, parseCode = parse } = fields[name as FieldName];
      const parsed = (mapping.strict_values ? parseCode : parse)(value);
      if (typeof parsed === 'string') continue;
      const { hint, ...problem } = parsed;
      context.addIssue({
        code: 'custom',
        path: ['constants', name],
        message: describeProblem(name, problem),
        params: { hint },
      });
    }
  });
