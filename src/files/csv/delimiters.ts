import { unitSeparator } from './ascii-separators.ts';

/** The delimiters that are tried. */
export const delimiters = [',', ';', '\t', '|'];

/** A delimiter for people, as `parseDelimiter` reads it. */
export function nameOf(delimiter: string): string {
  if (delimiter === unitSeparator) return '0x1f';
  return delimiter === '\t' ? 'tab' : delimiter;
}

/**
 * One character that can be a delimiter; tab and the ASCII separator also by name. Undefined for anything
 * else.
 */
export function parseDelimiter(text: string): string | undefined {
  const name = text.toLowerCase();
  if (name === 'tab' || name === '\\t') return '\t';
  if (name === '0x1f' || name === '\\x1f') return unitSeparator;
  return text.length === 1 && !/["\r\n\x1e\p{L}\p{N}]/u.test(text) ? text : undefined;
}
