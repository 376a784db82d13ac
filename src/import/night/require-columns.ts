import { createHash } from 'node:crypto';
import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import type { Database } from '../../store/connection/database.ts';
import type { FileState } from '../../store/sources/file-state.ts';
import { lastFileState } from '../../store/sources/file-state.ts';
import type { Columns } from '../columns/columns.ts';
import type { ImportRequest } from '../import-request.ts';

/** What the next file of the source is held against. */
export function fileStateOf({ header, unknown, ignored }: Columns): FileState {
  const passedOver = new Set([...unknown.map(({ name }) => name), ...ignored]);
  return { header, read: header.filter((name) => !passedOver.has(name)) };
}

/**
 * A column that is missing or has another name leaves its field as it is in every customer, night after night, and nothing
 * else would show it. Throws `columns_changed` unless the new header was accepted; the order of columns means nothing.
 */
export async function requireSameColumns(
  database: Database,
  { orgId, columns, request }: { orgId: string; columns: Columns; request: ImportRequest },
): Promise<void> {
  const { night, source } = request;
  if (night === undefined) return;
  const last = await lastFileState(database, { orgId, source: night.source });
  const missing = last?.read.filter((name) => !columns.header.includes(name)) ?? [];
  if (last === undefined || missing.length === 0) return;
  const hash = hashOf(columns.header);
  if (night.acceptColumns === hash) return;
  const added = columns.header.filter((name) => !last.header.includes(name));
  throw new Failure(
    'columns_changed',
    [
      `${source.name} lacks columns that the last file of ${night.source} had`,
      `missing: ${listed(missing)}`,
      ...(added.length === 0 ? [] : [`new: ${listed(added)}`]),
      'nothing was written',
    ].join('\n'),
    { hint: `check the export; if the new columns are right, accept them: --accept-columns ${hash}` },
  );
}

function listed(names: string[]): string {
  return names.map((name) => quoted(name, 60)).join(', ');
}

/** Of a header, whatever its order. */
function hashOf(header: string[]): string {
  return createHash('sha256').update(JSON.stringify(header.toSorted())).digest('hex').slice(0, 12);
}
