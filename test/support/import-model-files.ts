import * as fc from 'fast-check';
import type { CsvRow } from './csv.ts';
import { csv } from './csv.ts';
import type { ModelColumn, ModelFile, ModelRow } from './import-model.ts';
import { modelColumns } from './import-model.ts';

/** Few values, the telling ones first, for these are tried most. */
const cells: Record<ModelColumn, fc.Arbitrary<string>> = {
  name: mostly('A', 'B', ''),
  default_currency: mostly('EUR', 'CHF', 'EURX'),
  default_language: mostly('de', 'fr-CH'),
  erp_customer_number: fc.constantFrom('1', '', '1', '', '2'),
  email: fc.constantFrom('x@x.example', 'X@x.example', '', 'y@x.example'),
  notes: fc.constantFrom('n', 'a\nb', ''),
  is_active: fc.constantFrom('no', 'yes', ''),
  billing_city: fc.constantFrom('Bern', '', 'Köln "am Rhein"'),
  billing_street: fc.constantFrom('Gasse\\1', ''),
  shipping_country: fc.constantFrom('CH', ''),
  contact_email: fc.constantFrom('a@x.example', 'b@x.example', 'A@x.example', ''),
  contact_name: fc.constantFrom('N', '', 'M'),
  contact_role: fc.constantFrom('R', ''),
  contact_is_primary: fc.constantFrom('yes', '', 'no'),
};
const optional = modelColumns.slice(3);
/** Where rows of one customer often differ, and everything else now and then. */
const change = fc.oneof(
  ...(['is_active', 'contact_email', 'contact_is_primary'] as const).map((column) => ({
    arbitrary: fc.tuple(fc.constant(column as ModelColumn), cells[column]),
    weight: 8,
  })),
  ...modelColumns.map((column) => ({
    arbitrary: fc.tuple(fc.constant(column), cells[column]),
    weight: 1,
  })),
);

function mostly(usual: string, ...others: string[]): fc.Arbitrary<string> {
  return fc.oneof({ arbitrary: fc.constant(usual), weight: 9 }, fc.constantFrom(...others));
}

/** Files whose rows are variations of the same few, so that they meet: in one file, and in one file after the other. */
export const fileSequence: fc.Arbitrary<ModelFile[]> = fc
  .record({
    pool: fc.array(fc.record(cells), { minLength: 1, maxLength: 2, size: 'max' }),
    drafts: fc.array(
      fc.record({
        columns: fc.oneof({ arbitrary: fc.constant(optional), weight: 3 }, fc.subarray(optional)),
        rows: fc.array(
          fc.record({ of: fc.nat(1), changes: fc.array(change, { maxLength: 4, size: 'max' }) }),
          { minLength: 1, maxLength: 6, size: 'max' },
        ),
        blank: fc.constantFrom('clear' as const, 'keep' as const),
        match: fc.constantFrom(undefined, undefined, 'email' as const),
      }),
      { minLength: 2, maxLength: 3, size: 'max' },
    ),
  })
  .map(({ pool, drafts }) =>
    drafts.map(({ columns, rows, blank, match }) => ({
      blank,
      match: columns.includes('email') ? match : undefined,
      columns: [
        ...modelColumns.slice(0, 3),
        ...columns.filter((column) => columns.includes('contact_email') || !column.startsWith('contact_')),
      ],
      rows: rows.map((row) =>
        withoutOrphans({ ...pool[row.of % pool.length], ...Object.fromEntries(row.changes) }),
      ),
    })),
  );

/** A row without a contact says nothing of one. */
function withoutOrphans(row: ModelRow): ModelRow {
  if (row.contact_email !== '') return row;
  return { ...row, contact_name: '', contact_role: '', contact_is_primary: '' };
}

/** The file as CSV. */
export function textOf({ columns, rows }: ModelFile): string {
  if (rows.length === 0) return `${columns.join(',')}\n`;
  return csv(rows.map((row): CsvRow => Object.fromEntries(columns.map((column) => [column, row[column]]))));
}
