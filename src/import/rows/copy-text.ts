/** A value in PostgreSQL's text format for COPY. */
export function escapeForCopy(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
}

export function jsonString(value: string): string {
  return value.includes('"') || value.includes('\\') || value.includes('\n')
    ? JSON.stringify(value)
    : `"${value}"`;
}
