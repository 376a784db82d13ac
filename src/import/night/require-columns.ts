import { createHash } from 'node:crypto';
import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import type { FileState } from '../../store/sources/file-state.ts';
import type { Columns } from '../columns/columns.ts';
import type { ImportRequest } from '../import-request.ts';

/** The names of a header, and those that something is read from. */
export function columnsRead({ header, unknown, ignored }: Columns): Pick<FileState, 'header' | 'read'> {
  const passedOver = new Set([...unknown.map(({ name }) => name), ...ignored]);
  return { header, read: header.filter((name) => !passedOver.has(name)) };
}

/**
 * A column that is missing, has another name or is ignored now leaves its field as it is in every customer, night after
 * night, and nothing else would show it. Throws `columns_changed` unless the new header was accepted; the order of columns
 * means nothing.
 */
export function requireSameColumns(
  columns: Columns,
  { night, source }: ImportRequest,
  last: FileState | undefined,
): void {
  if (night === undefined || last === undefined) return;
  const now = columnsRead(columns);
  const lost = last.read.filter((name) => !now.read.includes(name));
  if (lost.length === 0) return;
  const hash = hashOf(now);
  if (night.acceptColumns === hash) return;
  const isHere = (name: string) => now.header.includes(name);
  const lists = {
    missing: lost.filter((name) => !isHere(name)),
    ignored: lost.filter(isHere),
    new: now.header.filter((name) => !last.header.includes(name)),
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

/** Of a header and what is read from it, whatever their order. */
function hashOf({ header, read }: Pick<FileState, 'header' | 'read'>): string {
  const text = JSON.stringify([header.toSorted(), read.toSorted()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
