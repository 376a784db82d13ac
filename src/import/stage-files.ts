import type { Database } from '../store/connection/database.ts';
import { copyToStaging, createStaging, noteRepeatCandidates } from '../store/merge/staging.ts';
import { noteRejectedNumbers } from '../store/sources/membership.ts';
import type { CustomerFile } from './customer-file.ts';
import type { CustomerFiles } from './customer-files.ts';
import { naming } from './customer-files.ts';
import type { ImportCallbacks, ImportProgress, ImportRequest } from './import-request.ts';
import { totalSize } from './import-request.ts';
import type { RowSlice } from './row-slice.ts';

interface Work {
  files: CustomerFiles;
  request: ImportRequest;
  callbacks: ImportCallbacks;
}

/** Stages file after file. Returns how many ERP numbers may occur more than once in the files. */
export async function stageFiles(database: Database, work: Work): Promise<number> {
  const { files, request } = work;
  await createStaging(database);
  let candidates = 0;
  for (const file of files.all) {
    const name = request.sources.length > 1 ? file.source.name : undefined;
    candidates += await naming(name, () => stageFile(database, file, work));
    // A short file was read before the run waited for its lock.
    await file.source.requireUnchanged?.();
  }
  return candidates;
}

/** Stages slice by slice; while the server stores one, the next is read and judged. */
async function stageFile(
  database: Database,
  file: CustomerFile,
  { files, request, callbacks }: Work,
): Promise<number> {
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
  for await (const slice of file.slices(files.rowsBefore(file))) {
    request.signal.throwIfAborted();
    await serverWork;
    serverWork = stageSlice(slice);
    // Awaited above or below; marked as handled until then.
    serverWork.catch(() => {});
    callbacks.onProgress?.(progressOf('reading', { files, request, file }));
  }
  await serverWork;
  return candidates;
}

/** The progress of the run; `file` is the one that is being read, undefined once all are read. */
export function progressOf(
  phase: ImportProgress['phase'],
  { files, request, file }: { files: CustomerFiles; request: ImportRequest; file?: CustomerFile },
): ImportProgress {
  const { rows, failed } = files.tally();
  const position = file === undefined ? request.sources.length : request.sources.indexOf(file.source);
  const read = totalSize(request.sources.slice(0, position)) ?? 0;
  return {
    phase,
    rows,
    failed,
    bytesRead: read + (file?.source.bytesRead() ?? 0),
    size: totalSize(request.sources),
  };
}
