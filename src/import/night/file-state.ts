import { Failure } from '../../errors.ts';
import type { FileBinding, FileState } from '../../store/sources/file-state.ts';
import type { CustomerFile } from '../customer-file.ts';
import type { ImportRequest } from '../import-request.ts';
import { columnsRead } from './require-columns.ts';

/** What the next file of the source is held against; when all of this one is read. */
export function fileStateOf(
  file: Pick<CustomerFile, 'columns' | 'endsWithLine'>,
  request: ImportRequest,
  { last, binding }: { last: FileState | undefined; binding: FileBinding | undefined },
): FileState {
  return {
    ...columnsRead(file.columns),
    modified: writtenAt(request, last),
    ends_with_line: file.endsWithLine(),
    binding,
  };
}

/** When the file was written, in ISO 8601. A pipe has no time: that of the source's last file stays the newest. */
export function writtenAt({ source, now }: ImportRequest, last: FileState | undefined): string | null {
  const { modified } = source;
  if (modified === undefined) return last?.modified ?? null;
  // A time in the future, from a wrong clock or time zone, would refuse every file until then.
  return new Date(Math.min(modified.getTime(), now().getTime())).toISOString();
}

/** Throws `older_file` for a file that was written before the source's last one: it would take customers back in time. */
export function requireNewer({ source, night }: ImportRequest, last: FileState | undefined): void {
  if (isNewer(source, last)) return;
  throw new Failure(
    'older_file',
    `${source.name} was written at ${source.modified?.toISOString()}, before the last file of ${night?.source} (${last?.modified})`,
    { hint: `fetch the newest file; if this one is right, give it a new time: touch ${source.name}` },
  );
}

/** Or as new as that. A pipe is. */
export function isNewer({ modified }: ImportRequest['source'], last: FileState | undefined): boolean {
  if (modified === undefined || last?.modified == null) return true;
  return modified.getTime() >= Date.parse(last.modified);
}

/** Throws `no_final_line_break` where the last line of a source's files had one before: the end may be missing. */
export function requireLineEnd(
  { endsWithLine }: Pick<CustomerFile, 'endsWithLine'>,
  { source, night, guards }: ImportRequest,
  last: FileState | undefined,
): void {
  if (last?.ends_with_line !== true || endsWithLine() !== false) return;
  if (guards.allow.get('missing_line_break') === 1) return;
  throw new Failure(
    'no_final_line_break',
    `the last line of ${source.name} has no line break, and the last file of ${night?.source} had one: its end may be missing`,
    { hint: 'export or fetch the file again; if it is complete, add --allow missing_line_break=1' },
  );
}
