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

/** A row of one of the files; `file` is its name if there are several. */
export interface PlacedRow {
  file: string | undefined;
  row: number;
}

/**
 * The files of an import, read one after the other like one table: a number in two of them is a repetition.
 * In staging, the rows of a file continue the count of the files before it.
 */
export interface CustomerFiles {
  all: CustomerFile[];
  /** Their columns may have other names and another order, but all files give the same fields. */
  columns: CustomerFile['columns'];
  readValues: ReadValues;
  /** The counts so far, in all files. */
  tally(this: void): Tally;
  /** How many records the files before this one have, once they are read. */
  rowsBefore(this: void, file: CustomerFile): number;
  /** The position of a staged row in the files. */
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

/**
 * Reads the headers and finds their columns. Throws `Failure` for a file that cannot be read correctly, or
 * not together with the others.
 */
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
      // The header is row 1 of each file, so data rows begin at 2.
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

/** Works on one of several files and adds the file's name to its failures. */
export async function naming<Result>(name: string | undefined, work: () => Promise<Result>): Promise<Result> {
  return await work().catch((error: unknown) => {
    const aboutFile = error instanceof Failure && [2, 5].includes(error.exitCode);
    if (name === undefined || !aboutFile || error.message.includes(name)) throw error;
    throw new Failure(error.code, `${name}: ${error.message}`, { hint: error.hint, cause: error });
  });
}

/** `row 3`, or with several files `row 3 of a.csv`. */
export function describeRow({ file, row }: PlacedRow): string {
  return file === undefined ? `row ${row}` : `row ${row} of ${file}`;
}
