import { Failure } from '../../errors.ts';
import type { ImportShape } from '../../store/merge/shape.ts';
import type { Columns } from '../columns/columns.ts';
import type { CustomerFile } from '../customer-file.ts';
import type { ImportRequest } from '../import-request.ts';
import { fileName } from '../import-request.ts';

/**
 * A header without rows is the result of a failed export, and nothing else would reveal it: the run is
 * refused. A file of changes may legitimately have no rows (`--allow rows=0`), a whole one never.
 */
export function requireRows(files: readonly CustomerFile[], request: ImportRequest): void {
  const { guards, night } = request;
  requireExpected(
    files.reduce((sum, { tally }) => sum + tally.rows, 0),
    request,
  );
  const snapshot = night?.snapshot === true;
  if (guards.allow.get('rows') === 0 && !snapshot) return;
  const empty = files.find(({ tally }) => tally.rows === 0);
  if (empty === undefined) return;
  const { source, tally } = empty;
  const found =
    tally.skipped === 0
      ? 'has a header and no rows'
      : `has no rows but ${tally.skipped} that the mapping skips`;
  throw new Failure('no_rows', `${source.name} ${found}`, {
    hint: snapshot
      ? 'check the export that writes it; a snapshot without customers would deactivate all of them'
      : 'check the export that writes it; if the file may be without rows, add --allow rows=0',
  });
}

/** ERP numbers determine which customers are missing from a snapshot. */
export function requireNumbers(columns: Columns, request: ImportRequest): void {
  if (request.night?.snapshot !== true) return;
  const { match } = columns;
  const name = fileName(request);
  if (match !== 'erp_customer_number') {
    throw new Failure('usage', `${name} finds its customers by ${match}, and a snapshot needs ERP numbers`, {
      hint: 'add --match erp_customer_number, or leave --snapshot out',
    });
  }
  if (columns.has('erp_customer_number')) return;
  throw new Failure('missing_column', `${name} has no column erp_customer_number, which a snapshot needs`, {
    hint: 'which customers are missing is decided by their ERP numbers',
  });
}

/** Emails determine which contacts are missing (`--missing-contacts remove`). */
export function requireContacts({ contacts }: ImportShape, request: ImportRequest): void {
  if (contacts) return;
  throw new Failure(
    'missing_column',
    `${fileName(request)} has no column contact_email, which --missing-contacts remove needs`,
    { hint: 'without it, every contact would be missing' },
  );
}

/**
 * The program that wrote the files has counted their rows (`--expect-rows`): with any other number they are
 * incomplete, or too many.
 */
function requireExpected(rows: number, request: ImportRequest): void {
  const { sources, night, expectRows } = request;
  if (expectRows === undefined) {
    const isPiped = sources.some(({ size }) => size === undefined);
    if (night?.snapshot !== true || !isPiped) return;
    throw new Failure('usage', 'a snapshot from standard input needs --expect-rows', {
      hint: 'a program that fails half-way ends a pipe like one that is done; give the number of rows: --expect-rows 4120',
    });
  }
  if (rows === expectRows) return;
  const have = sources.length === 1 ? 'has' : 'have';
  throw new Failure(
    'row_count_differs',
    `${fileName(request)} ${have} ${rows} ${rows === 1 ? 'row' : 'rows'}, and --expect-rows is ${expectRows}`,
    { hint: `export or fetch the ${sources.length === 1 ? 'file' : 'files'} again` },
  );
}

/** An export that no longer runs leaves its last file in place (`--max-file-age`). */
export function requireRecent({ sources, maxFileAge }: ImportRequest, now: Date): void {
  if (maxFileAge === undefined) return;
  for (const { name, modified } of sources) {
    if (modified === undefined || (now.getTime() - modified.getTime()) / 1000 <= maxFileAge) continue;
    throw new Failure(
      'file_too_old',
      `${name} was last written at ${modified.toISOString()}, longer ago than --max-file-age allows`,
      { hint: 'check the export that writes it' },
    );
  }
}
