const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/**
 * What Postgres makes of one line of COPY's text format with `null ''` (its manual: COPY, File Formats), by column;
 * addresses as jsonb would hold them. Throws for a line that is not one.
 */
export function copiedValues(columns: string[], line: string): Record<string, unknown> {
  if (!line.endsWith('\n') || line.slice(0, -1).includes('\n') || line.includes('\r'))
    throw new Error(`not one line: ${JSON.stringify(line)}`);
  const values = line.slice(0, -1).split('\t');
  if (values.length !== columns.length)
    throw new Error(`${values.length} values for ${columns.length} columns`);
  return Object.fromEntries(
    columns.map((column, index) => {
      const raw = values[index] as string;
      if (raw === '') return [column, null];
      const value = raw.replaceAll(/\\(.)/gsu, (_whole, sign: string) => escapes[sign] ?? sign);
      return [column, column.endsWith('_address') ? JSON.parse(value) : value];
    }),
  );
}
