import { Failure } from '../../errors.ts';
import type { Source } from '../../files/source.ts';
import type { FileBinding, FileState, FileTrace } from '../../store/sources/file-state.ts';
import type { CustomerFile } from '../customer-file.ts';
import type { ImportRequest } from '../import-request.ts';
import { earlierFiles } from './earlier-files.ts';
import { columnsRead } from './require-columns.ts';

/** What the source's next files are compared with, once these are all read. */
export function fileStateOf(
  files: readonly CustomerFile[],
  request: ImportRequest,
  { last, binding }: { last: FileState | undefined; binding: FileBinding | undefined },
): FileState {
  const [first, ...more] = files.map(({ source, columns, endsWithLine }): FileTrace => ({
    name: source.name,
    ...columnsRead(columns),
    modified: writtenAt(source, request, last),
    ends_with_line: endsWithLine(),
  })) as [FileTrace, ...FileTrace[]];
  return { ...first, more: more.length === 0 ? undefined : more, binding };
}

/** The state left by files that are known to be those of the last run. */
export function sameFileState(request: ImportRequest, last: FileState): FileState {
  const { more = [], binding, ...first } = last;
  const [head, ...others] = [first, ...more].map((trace, index) => {
    const source = request.sources[index];
    return source === undefined
      ? trace
      : { ...trace, name: source.name, modified: writtenAt(source, request, last) };
  }) as [FileTrace, ...FileTrace[]];
  return { ...head, more: others.length === 0 ? undefined : others, binding };
}

/**
 * When the file was written, in ISO 8601. A pipe has no time: that of the source's last file remains the
 * newest.
 */
function writtenAt(source: Source, { now }: ImportRequest, last: FileState | undefined): string | null {
  const { modified } = source;
  if (modified === undefined) return oldestOf(earlierFiles(last, source)) ?? null;
  // A time in the future, from a wrong clock or time zone, would refuse every file until then.
  return new Date(Math.min(modified.getTime(), now().getTime())).toISOString();
}

/**
 * Throws `older_file` for a file that was written before the source's last one: it would revert customers to
 * an earlier state.
 */
export function requireNewer({ sources, night }: ImportRequest, last: FileState | undefined): void {
  const older = sources.find((source) => !isNewer(source, last));
  if (older === undefined) return;
  throw new Failure(
    'older_file',
    `${older.name} was written at ${older.modified?.toISOString()}, before the last file of ${night?.source} (${oldestOf(earlierFiles(last, older))})`,
    { hint: `fetch the newest file; if this one is right, give it a new time: touch ${older.name}` },
  );
}

/** Or equally new. A pipe counts as new. */
export function isNewer(source: Source, last: FileState | undefined): boolean {
  const oldest = oldestOf(earlierFiles(last, source));
  return (
    source.modified === undefined || oldest === undefined || source.modified.getTime() >= Date.parse(oldest)
  );
}

/** Only files with a time. */
function oldestOf(files: readonly FileTrace[]): string | undefined {
  return files.flatMap(({ modified }) => modified ?? []).toSorted()[0];
}

/**
 * Throws `no_final_line_break` if the last line of the source's previous files had a line break: the end may
 * be missing.
 */
export function requireLineEnd(
  files: readonly CustomerFile[],
  { night, guards }: ImportRequest,
  last: FileState | undefined,
): void {
  if (guards.allow.get('missing_line_break') === 1) return;
  for (const { source, endsWithLine } of files) {
    const earlier = earlierFiles(last, source);
    const hadOne = earlier.length > 0 && earlier.every(({ ends_with_line: ended }) => ended === true);
    if (!hadOne || endsWithLine() !== false) continue;
    throw new Failure(
      'no_final_line_break',
      `the last line of ${source.name} has no line break, and the last file of ${night?.source} had one: its end may be missing`,
      { hint: 'export or fetch the file again; if it is complete, add --allow missing_line_break=1' },
    );
  }
}
