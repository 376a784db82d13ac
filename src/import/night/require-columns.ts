import { createHash } from 'node:crypto';
import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import type { FileState, FileTrace } from '../../store/sources/file-state.ts';
import type { Columns } from '../columns/columns.ts';
import { headerKey } from '../columns/header-names.ts';
import type { CustomerFile } from '../customer-file.ts';
import type { ImportRequest } from '../import-request.ts';
import { earlierFiles } from './earlier-files.ts';

/** The names of a header, and those that are read. */
export function columnsRead({ header, unknown, ignored }: Columns): ReadColumns {
  const passedOver = new Set([...unknown.map(({ name }) => name), ...ignored]);
  return { header, read: header.filter((name) => !passedOver.has(name)) };
}

/**
 * A column that is missing, renamed or now ignored leaves its field unchanged in every customer, night after
 * night, and nothing else would reveal it. Throws `columns_changed` unless the new header was accepted. The
 * order of columns and the spelling of a name do not matter.
 */
export function requireSameColumns(
  files: readonly CustomerFile[],
  { night }: ImportRequest,
  last: FileState | undefined,
): void {
  if (night === undefined) return;
  const all = files.map(({ columns }) => columnsRead(columns));
  const changed = files.flatMap(({ source, columns }) => {
    const now = columnsRead(columns);
    const earlier = earlierFiles(last, source)
      .map((before) => ({ before, lost: namesBeside(before.read, now.read) }))
      .toSorted((one, other) => one.lost.length - other.lost.length)[0];
    return earlier === undefined || earlier.lost.length === 0 ? [] : { source, now, ...earlier };
  });
  if (changed.length === 0) return;
  const hash = hashOf(all);
  if (night.acceptColumns === hash) return;
  throw new Failure(
    'columns_changed',
    [
      ...changed.flatMap(({ source, now, before, lost }) => {
        const missing = namesBeside(lost, now.header);
        const lists = {
          missing,
          ignored: lost.filter((name) => !missing.includes(name)),
          new: namesBeside(now.header, before.header),
        };
        return [
          `${source.name} lacks columns that were read from the last file of ${night.source}`,
          ...Object.entries(lists).flatMap(([what, names]) =>
            names.length === 0 ? [] : `${what}: ${names.map((name) => quoted(name, 60)).join(', ')}`,
          ),
        ];
      }),
      'nothing was written',
    ].join('\n'),
    { hint: `check the export; if the new columns are right, accept them: --accept-columns ${hash}` },
  );
}

/** The names that are not among the others in any spelling. */
function namesBeside(names: string[], others: string[]): string[] {
  const keys = new Set(others.map(headerKey));
  return names.filter((name) => !keys.has(headerKey(name)));
}

type ReadColumns = Pick<FileTrace, 'header' | 'read'>;

/** The hash of headers and what is read from them, independent of their order and spelling. */
function hashOf(files: ReadColumns[]): string {
  const texts = files.map(({ header, read }) =>
    JSON.stringify([header.map(headerKey).toSorted(), read.map(headerKey).toSorted()]),
  );
  return createHash('sha256').update(texts.toSorted().join('\n')).digest('hex').slice(0, 12);
}
