import { Failure } from '../../errors.ts';
import type { Columns } from '../columns/columns.ts';
import type { Tally } from '../customer-file.ts';
import type { ImportRequest } from '../import-request.ts';

/**
 * A header without rows is what is left of an export that failed, and nothing else would show it: the run is refused.
 * A file of changes may rightly have no row (`--allow rows=0`), a whole one never.
 */
export function requireRows({ rows, skipped }: Tally, { source, guards, night }: ImportRequest): void {
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
