import { Failure } from '../../errors.ts';
import type { ImportShape } from '../../store/merge/shape.ts';
import type { Columns } from '../columns/columns.ts';
import type { Tally } from '../customer-file.ts';
import type { ImportRequest } from '../import-request.ts';

/**
 * A header without rows is what is left of an export that failed, and nothing else would show it: the run is refused.
 * A file of changes may rightly have no row (`--allow rows=0`), a whole one never.
 */
export function requireRows({ rows, skipped }: Tally, request: ImportRequest): void {
  const { source, guards, night } = request;
  requireExpected(rows, request);
  if (rows > 0) return;
  const snapshot = night?.snapshot === true;
  if (guards.allow.get('rows') === 0 && !snapshot) return;
  const found =
    skipped === 0 ? 'has a header and no rows' : `has no rows but ${skipped} that the mapping skips`;
  throw new Failure('no_rows', `${source.name} ${found}`, {
    hint: snapshot
      ? 'check the export that writes it; a snapshot without customers would deactivate all of them'
      : 'check the export that writes it; if the file may be without rows, add --allow rows=0',
  });
}

/** Which customers are missing from a snapshot is seen by their ERP numbers. */
export function requireNumbers(columns: Columns, { source, night }: ImportRequest): void {
  if (night?.snapshot !== true) return;
  const { match } = columns;
  if (match !== 'erp_customer_number') {
    throw new Failure(
      'usage',
      `${source.name} finds its customers by ${match}, and a snapshot needs ERP numbers`,
      {
        hint: 'add --match erp_customer_number, or leave --snapshot out',
      },
    );
  }
  if (columns.has('erp_customer_number')) return;
  throw new Failure(
    'missing_column',
    `${source.name} has no column erp_customer_number, which a snapshot needs`,
    {
      hint: 'which customers are missing is decided by their ERP numbers',
    },
  );
}

/** Which contacts are missing is seen by their emails (`--missing-contacts remove`). */
export function requireContacts({ contacts }: ImportShape, { source }: ImportRequest): void {
  if (contacts) return;
  throw new Failure(
    'missing_column',
    `${source.name} has no column contact_email, which --missing-contacts remove needs`,
    { hint: 'without it, every contact would be missing' },
  );
}

/** What wrote the file has counted its rows (`--expect-rows`): any other number is a part of it, or more than one. */
function requireExpected(rows: number, { source, night, expectRows }: ImportRequest): void {
  if (expectRows === undefined) {
    if (night?.snapshot !== true || source.size !== undefined) return;
    throw new Failure('usage', 'a snapshot from standard input needs --expect-rows', {
      hint: 'a program that fails half-way ends a pipe like one that is done; give the number of rows: --expect-rows 4120',
    });
  }
  if (rows === expectRows) return;
  throw new Failure(
    'row_count_differs',
    `${source.name} has ${rows} ${rows === 1 ? 'row' : 'rows'}, and --expect-rows is ${expectRows}`,
    {
      hint: 'export or fetch the file again',
    },
  );
}

/** An export that has stopped leaves its last file where it was (`--max-file-age`). */
export function requireRecent({ source, maxFileAge }: ImportRequest, now: Date): void {
  if (maxFileAge === undefined || source.modified === undefined) return;
  const age = (now.getTime() - source.modified.getTime()) / 1000;
  if (age <= maxFileAge) return;
  throw new Failure(
    'file_too_old',
    `${source.name} was last written at ${source.modified.toISOString()}, longer ago than --max-file-age allows`,
    { hint: 'check the export that writes it' },
  );
}
