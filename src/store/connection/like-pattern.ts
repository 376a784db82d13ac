/** A text in a pattern for LIKE that means these characters and no others. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/** Everything that has this text in it. */
export function partPattern(text: string): string {
  return `%${escapeLike(text)}%`;
}
