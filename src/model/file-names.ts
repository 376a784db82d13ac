/** So many files are named in a line. */
const named = 3;

/** The files of one import in a line: `a.csv, b.csv, c.csv and 12 more`. */
export function namesOfFiles(names: readonly string[]): string {
  // One name more is as short as the number of those left out.
  if (names.length <= named + 1) return names.join(', ');
  return `${names.slice(0, named).join(', ')} and ${names.length - named} more`;
}
