import { restoreFormula } from '../../model/spreadsheet-safety.ts';
import type { Source } from '../../files/source.ts';
import { openTableFile } from '../../files/table-file.ts';
import type { Database } from '../../store/connection/database.ts';
import type { Refusal } from '../../store/merge/refusals.ts';
import { listRefused } from '../../store/merge/refusals.ts';
import { knownField } from '../columns/header-names.ts';
import { readAs } from '../columns/read-as.ts';
import type { CustomerFile, RejectedRow } from '../customer-file.ts';
import type { CustomerFiles } from '../customer-files.ts';
import { describeRow } from '../customer-files.ts';
import type { ImportRequest } from '../import-request.ts';
import { findingOf } from './refusal-finding.ts';

/** Refused rows that are fetched at a time. */
const batch = 2000;

/**
 * Rejects the rows that only the database could refuse, in the files' order. By then the files have been
 * read; for its rejects file each is read once more, in step with the refusals, so that accepted rows need
 * not be kept.
 */
export async function rejectRefused(work: {
  database: Database;
  orgId: string;
  files: CustomerFiles;
  request: ImportRequest;
  onReject: (source: Source, reject: RejectedRow) => void;
  drained: () => Promise<void>;
}): Promise<void> {
  const { database, orgId, files, request, onReject, drained } = work;
  const refusals = refusalsOf(database, orgId);
  let next = (await refusals.next()).value;

  function rowName(row: number): string {
    const place = files.placeOf(row);
    return place.file === undefined ? `row ${place.row} of this file` : describeRow(place);
  }

  async function reject(file: CustomerFile, refusal: Refusal, cells?: string[]): Promise<void> {
    const { row, line } = refusal;
    const findings = [findingOf(refusal, file.columns, rowName)];
    onReject(file.source, { row: row - files.rowsBefore(file), line, cells, raw: '', findings });
    next = (await refusals.next()).value;
  }

  for (const file of files.all) {
    const { columns, source, tally } = file;
    const last = files.rowsBefore(file) + tally.rows + tally.skipped + 1;
    if (next === undefined || next.row > last) continue;
    if (request.rejects === null) {
      while (next !== undefined && next.row <= last) await reject(file, next);
      continue;
    }
    const table = await openTableFile(source, { ...readAs(request), columnKey: knownField });
    let row = files.rowsBefore(file) + 1;
    let records: { row: number; cells: string[] }[] = [];
    const reading = table.read({
      row: (cells) => records.push({ row: ++row, cells }),
      fault: () => ++row,
    });
    let ended = false;
    while (!ended) {
      ended = (await reading.next()).done === true;
      for (const record of records) {
        if (record.row !== next?.row) continue;
        await reject(file, next, columns.madeSafe ? record.cells.map(restoreFormula) : record.cells);
      }
      records = [];
      await drained();
    }
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
