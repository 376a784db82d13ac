import type { Database } from '../store/connection/database.ts';
import { copyToStaging, createStaging, noteRepeatCandidates } from '../store/merge/staging.ts';
import { noteRejectedNumbers } from '../store/sources/membership.ts';
import type { CustomerFile, Tally } from './customer-file.ts';
import type { ImportCallbacks, ImportProgress, ImportRequest } from './import-request.ts';
import type { RowSlice } from './row-slice.ts';
import type { Source } from '../files/source.ts';

/**
 * Stages slice by slice; while the server stores one, the next is read and judged. Returns how many ERP
 * numbers may occur more than once in the file.
 */
export async function stageFile(
  database: Database,
  work: {
    file: CustomerFile;
    request: ImportRequest;
    callbacks: ImportCallbacks;
  },
): Promise<number> {
  const { file, request, callbacks } = work;
  await createStaging(database);
  let candidates = 0;

  async function stageSlice({ lines, parts, repeatCandidates, rejectedNumbers }: RowSlice): Promise<void> {
    await copyToStaging(database, { table: 'staged', columns: file.stagedColumns }, lines);
    if (file.partColumns !== undefined && parts.length > 0) {
      await copyToStaging(database, { table: 'staged_part', columns: file.partColumns }, parts);
    }
    if (repeatCandidates.length > 0) await noteRepeatCandidates(database, repeatCandidates);
    if (rejectedNumbers.length > 0 && request.night !== undefined) {
      await noteRejectedNumbers(database, rejectedNumbers);
    }
    candidates += repeatCandidates.length;
  }

  let serverWork = Promise.resolve();
  for await (const slice of file.slices()) {
    request.signal.throwIfAborted();
    await serverWork;
    serverWork = stageSlice(slice);
    // Awaited above or below; marked as handled until then.
    serverWork.catch(() => {});
    callbacks.onProgress?.(progressOf('reading', file.tally, request.source));
  }
  await serverWork;
  return candidates;
}

export function progressOf(phase: ImportProgress['phase'], tally: Tally, source: Source): ImportProgress {
  return { phase, rows: tally.rows, failed: tally.failed, bytesRead: source.bytesRead(), size: source.size };
}
