import { Failure } from '../../errors.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import type { ChangedCustomer, NamedChange } from '../../model/change-log.ts';
import type { Database } from '../../store/connection/database.ts';
import { countRunChanges, readRunChanges } from '../../store/changes/run-changes.ts';
import type { RunScope } from '../../store/changes/run-scope.ts';

/** What a run has changed, as far as it is listed. */
export interface ListedChanges {
  items: NamedChange[];
  total: number;
}

/** Receives every change of a run, one after the other. */
export interface ChangesWriter {
  add(change: NamedChange): Promise<void>;
  /** Everything is on disk, still under a temporary name. */
  complete(): Promise<void>;
  /** Gives the file its name. */
  publish(): Promise<void>;
  /** Removes what was written so far. */
  discard(): Promise<void>;
}

/**
 * Reads the changes of a run from the log: the first `listed` for the report, all of them for the writers.
 */
export async function collectChanges(
  database: Database,
  scope: RunScope,
  { listed, writers }: { listed: number; writers: ChangesWriter[] },
): Promise<ListedChanges> {
  const items: NamedChange[] = [];
  let total = 0;
  for await (const change of readRunChanges(database, scope)) {
    if (total === listed && writers.length === 0) {
      return { items, total: await countRunChanges(database, scope) };
    }
    if (total < listed) items.push(change);
    total++;
    for (const writer of writers) await writer.add(change);
  }
  return { items, total };
}

/** As `--json` prints it: without the name. */
export function changeDocument({
  erp_customer_number,
  id,
  kind,
  fields,
  contacts,
}: ChangedCustomer): ChangedCustomer {
  return { erp_customer_number, id, kind, fields, contacts };
}

/**
 * Writes a line of JSON for each change, under a temporary name until the run is committed. Only the user can
 * read the file.
 */
export function createChangesWriter(target: string): ChangesWriter {
  const file = createUnfinishedFile(target, { mode: 0o600 });
  let pending = '';

  async function attempt(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      throw new Failure('file_unwritable', `cannot write ${target}: ${(error as Error).message}`, {
        hint: 'name another place with --changes-to FILE',
        cause: error,
      });
    });
  }

  async function write(): Promise<void> {
    const text = pending;
    pending = '';
    await file.open();
    if (text !== '') await file.write(text);
  }

  return {
    async add(change) {
      pending += `${JSON.stringify(changeDocument(change))}\n`;
      if (pending.length > 1 << 16) await attempt(write());
    },
    async complete() {
      await attempt(write());
      await attempt(file.complete());
    },
    publish: () => attempt(file.publish()),
    discard: () => file.discard(),
  };
}
