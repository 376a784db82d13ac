import { createHash } from 'node:crypto';
import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import type { FileState } from '../../store/sources/file-state.ts';
import type { Columns } from '../columns/columns.ts';
import { headerKey } from '../columns/header-names.ts';
import type { ImportRequest } from '../import-request.ts';

/** The names of a header, and those that something is read from. */
export function columnsRead({ header, unknown, ignored }: Columns): Pick<FileState, 'header' | 'read'> {
  const passedOver = new Set([...unknown.map(({ name }) => name), ...ignored]);
  return { header, read: header.filter((name) => !passedOver.has(name)) };
}

/**
 * A column that is missing, has another name or is ignored now leaves its field as it is in every customer, night after
 * night, and nothing else would show it. Throws `columns_changed` unless the new header was accepted; the order of columns
 * means nothing, nor does another spelling of the same name.
 */
export function requireSameColumns(
  columns: Columns,
  { night, source }: ImportRequest,
  last: FileState | undefined,
): void {
  if (night === undefined || last === undefined) return;
  const now = columnsRead(columns);
  const lost = namesBeside(last.read, now.read);
  if (lost.length === 0) return;
  const hash = hashOf(now);
  if (night.acceptColumns === hash) return;
  const missing = namesBeside(lost, now.header);
  const lists = {
    missing,
    ignored: lost.filter((name) => !missing.includes(name)),
    new: namesBeside(now.header, last.header),
  };
  throw new Failure(
    'columns_changed',
    [
      `${source.name} lacks columns that were read from the last file of ${night.source}`,
      ...Object.entries(lists).flatMap(([what, names]) =>
        names.length === 0 ? [] : `${what}: ${names.map((name) => quoted(name, 60)).join(', ')}`,
      ),
      'nothing was written',
    ].join('\n'),
    { hint: `check the export; if the new columns are right, accept them: --accept-columns ${hash}` },
  );
}

/** Those names that are not among the others in any spelling. */
function namesBeside(names: string[], others: string[]): string[] {
  const keys = new Set(others.map(headerKey));
  return names.filter((name) => !keys.has(headerKey(name)));
}

/** Of a header and what is read from it, whatever their order and spelling. */
function hashOf({ header, read }: Pick<FileState, 'header' | 'read'>): string {
  const text = JSON.stringify([header.map(headerKey).toSorted(), read.map(headerKey).toSorted()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
