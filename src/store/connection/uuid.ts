/** The text as an id, or null when it cannot be one: so that a statement can compare without a failing cast. */
export function uuidOrNull(text: string): string | null {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text : null;
}
