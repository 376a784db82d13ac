import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { parseText } from './text.ts';

const words = new Map<string, 'true' | 'false'>([
  ['true', 'true'],
  ['1', 'true'],
  ['yes', 'true'],
  ['ja', 'true'],
  ['wahr', 'true'],
  ['x', 'true'],
  ['false', 'false'],
  ['0', 'false'],
  ['no', 'false'],
  ['nein', 'false'],
  ['falsch', 'false'],
]);

/** 'true', 'false', or '' for blank: what blank means differs between the fields, so the caller says. */
export function parseBoolean(text: string): 'true' | 'false' | '' | Problem {
  const word = words.get(text);
  if (word !== undefined) return word;
  const trimmed = parseText(text, { max: Infinity });
  if (typeof trimmed !== 'string') return trimmed;
  if (trimmed === '') return '';
  return (
    words.get(trimmed.toLowerCase()) ??
    problem(
      'invalid_boolean',
      `${quoted(trimmed)} is neither true nor false`,
      'write true/false, 1/0, yes/no, ja/nein, wahr/falsch or x',
    )
  );
}
