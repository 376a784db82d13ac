/** A text as a LIKE pattern that matches exactly these characters. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/** A pattern for everything that contains this text. */
export function partPattern(text: string): string {
  return `%${escapeLike(text)}%`;
}
