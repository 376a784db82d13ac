import { restoreFormula } from '../../model/spreadsheet-safety.ts';
import { openTableFile } from '../../files/table-file.ts';
import type { Database } from '../../store/connection/database.ts';
import type { Refusal } from '../../store/merge/refusals.ts';
import { listRefused } from '../../store/merge/refusals.ts';
import { knownField } from '../columns/header-names.ts';
import { readAs } from '../columns/read-as.ts';
import type { CustomerFile, RejectedRow } from '../customer-file.ts';
import type { ImportRequest } from '../import-request.ts';
import { findingOf } from './refusal-finding.ts';

/** Refused rows that are fetched at a time. */
const batch = 2000;

/**
 * Rejects the rows that only the database could refuse, in the file's order. By then the file has been read;
 * for the rejects file it is read once more, in step with the refusals, so that accepted rows need not be
 * kept.
 */
export async function rejectRefused(work: {
  database: Database;
  orgId: string;
  file: CustomerFile;
  request: ImportRequest;
  onReject: (reject: RejectedRow) => void;
  drained: () => Promise<void>;
}): Promise<void> {
  const { database, orgId, file, request, onReject, drained } = work;
  const { columns } = file;
  const refusals = refusalsOf(database, orgId);
  let next = await refusals.next();

  async function reject(refusal: Refusal, cells: string[] | undefined): Promise<void> {
    const findings = [findingOf(refusal, columns)];
    onReject({ row: refusal.row, line: refusal.line, cells, raw: '', findings });
    next = await refusals.next();
  }

  if (request.rejects === null) {
    while (next.done !== true) await reject(next.value, undefined);
    return;
  }
  const table = await openTableFile(request.source, { ...readAs(request), columnKey: knownField });
  let number = 1;
  let records: { row: number; cells: string[] }[] = [];
  const reading = table.read({
    row: (cells) => records.push({ row: ++number, cells }),
    fault: () => ++number,
  });
  let ended = false;
  while (!ended) {
    ended = (await reading.next()).done === true;
    for (const { row, cells } of records) {
      if (next.done === true || row !== next.value.row) continue;
      await reject(next.value, columns.madeSafe ? cells.map(restoreFormula) : cells);
    }
    records = [];
    await drained();
  }
}

async function* refusalsOf(database: Database, orgId: string): AsyncGenerator<Refusal, undefined> {
  let after = 0;
  while (true) {
    const found = await listRefused(database, { orgId, after, limit: batch });
    yield* found;
    const last = found.at(-1);
    if (last === undefined) return undefined;
    after = last.row;
  }
}
