import type { FileState, FileTrace } from '../../store/sources/file-state.ts';

/**
 * The files of the source's last run with which a file is compared: the one with its name or, if that had
 * another name, such as one with a date, all of them.
 */
export function earlierFiles(last: FileState | undefined, { name }: { name: string }): FileTrace[] {
  if (last === undefined) return [];
  const all = [last, ...(last.more ?? [])];
  const same = all.find((earlier) => earlier.name === name);
  return same === undefined ? all : [same];
}
