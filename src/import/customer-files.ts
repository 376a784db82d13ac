import { Failure } from '../errors.ts';
import type { Source } from '../files/source.ts';
import type { CustomerFile, RejectedRow, Tally } from './customer-file.ts';
import { openCustomerFile } from './customer-file.ts';
import type { Finding } from './finding.ts';
import type { KnownSystem } from './columns/known-systems.ts';
import type { ImportRequest } from './import-request.ts';
import { requireSameFields } from './same-fields.ts';
import type { ReadValues } from './rows/read-values.ts';
import { createReadValues } from './rows/read-values.ts';
import { createRepeatFilter } from './rows/repeat-filter.ts';

/** A row of one of the files; `file` is its name where there are several. */
export interface PlacedRow {
  file: string | undefined;
  row: number;
}

/**
 * The files of an import, one after the other as if they were one table: a number that two of them have is a repeated one. In
 * staging, the rows of a file count on from those of the files before it.
 */
export interface CustomerFiles {
  all: CustomerFile[];
  /** Their columns may have other names and another order, yet all files give the same fields. */
  columns: CustomerFile['columns'];
  readValues: ReadValues;
  /** What was counted so far, in all files. */
  tally(this: void): Tally;
  /** How many records the files before this one have, once they are read. */
  rowsBefore(this: void, file: CustomerFile): number;
  /** Where a staged row is in the files. */
  placeOf(this: void, row: number): PlacedRow;
  /** Counts accepted rows as failed that the database refused. */
  countRefused(this: void, refused: { rows: number; contacts: number }): void;
}

export interface FilesCallbacks {
  onReject(this: void, source: Source, reject: RejectedRow): void;
  onWarning(this: void, source: Source, warning: { row: number; line: number; finding: Finding }): void;
  onKnownSystem?(this: void, system: KnownSystem, file: string): void;
  drained?(this: void): Promise<void>;
}

/** Reads the headers and finds their columns. Throws `Failure` for a file that cannot be read rightly, or not with the others. */
export async function openCustomerFiles(
  request: ImportRequest,
  { onReject, onWarning, onKnownSystem, drained }: FilesCallbacks,
): Promise<CustomerFiles> {
  const { sources } = request;
  const shared = { perhapsSeen: createRepeatFilter(), readValues: createReadValues() };
  const nameOf = ({ name }: Source) => (sources.length > 1 ? name : undefined);
  const all: CustomerFile[] = [];
  for (const source of sources) {
    const callbacks = {
      onReject: (reject: RejectedRow) => onReject(source, reject),
      onWarning: (warning: Parameters<typeof onWarning>[1]) => onWarning(source, warning),
      onKnownSystem: (system: KnownSystem) => onKnownSystem?.(system, source.name),
      ...(drained === undefined ? {} : { drained }),
    };
    const opened = naming(nameOf(source), () =>
      openCustomerFile(source, { ...request, ...shared }, callbacks),
    );
    all.push(await opened);
  }
  const [first] = all as [CustomerFile, ...CustomerFile[]];
  for (const file of all.slice(1)) requireSameFields(first, file);
  const refused = { rows: 0, contacts: 0 };

  function rowsBefore(file: CustomerFile): number {
    return all.slice(0, all.indexOf(file)).reduce((sum, { tally }) => sum + tally.rows + tally.skipped, 0);
  }

  return {
    all,
    columns: first.columns,
    readValues: shared.readValues,
    rowsBefore,
    tally() {
      const sum = all.map(({ tally }) => tally).reduce(added);
      const { rows, contacts } = refused;
      return {
        ...sum,
        accepted: sum.accepted - rows,
        failed: sum.failed + rows,
        contacts: sum.contacts - contacts,
      };
    },
    placeOf(row) {
      // The header is row 1 of each file, so none has a row 1.
      const file = all.findLast((candidate) => rowsBefore(candidate) < row - 1) ?? first;
      return { file: nameOf(file.source), row: row - rowsBefore(file) };
    },
    countRefused({ rows, contacts }) {
      refused.rows += rows;
      refused.contacts += contacts;
    },
  };
}

function added(one: Tally, other: Tally): Tally {
  return {
    rows: one.rows + other.rows,
    skipped: one.skipped + other.skipped,
    failed: one.failed + other.failed,
    accepted: one.accepted + other.accepted,
    contacts: one.contacts + other.contacts,
    unnumbered: one.unnumbered + other.unnumbered,
    blankActive: one.blankActive + other.blankActive,
    activeSaid: one.activeSaid || other.activeSaid,
    unreadable: one.unreadable + other.unreadable,
  };
}

/** Does work on one of several files, whose name a failure that is about the file must have. */
export async function naming<Result>(name: string | undefined, work: () => Promise<Result>): Promise<Result> {
  return await work().catch((error: unknown) => {
    const aboutFile = error instanceof Failure && [2, 5].includes(error.exitCode);
    if (name === undefined || !aboutFile || error.message.includes(name)) throw error;
    throw new Failure(error.code, `${name}: ${error.message}`, { hint: error.hint, cause: error });
  });
}

/** `row 3`, or of several files `row 3 of a.csv`. */
export function describeRow({ file, row }: PlacedRow): string {
  return file === undefined ? `row ${row}` : `row ${row} of ${file}`;
}
