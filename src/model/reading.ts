import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { parseText } from './text.ts';

/** A value that is not a code but was recognised because it can mean only one. */
export interface Reading {
  field: string;
  /** As it was given, trimmed. */
  value: string;
  stored: string;
}

/** How a field of codes recognises them. */
export interface CodeRule {
  code: 'invalid_country' | 'invalid_currency' | 'invalid_language';
  /**
   * The code in its canonical form, or why the text is not a code: the end of a sentence that begins with the
   * text.
   */
  codeOf(text: string): { code: string } | { fault: string };
  /** Every code that a text can mean that is not a code itself. */
  codesOf(text: string): readonly string[];
  /** The suggestion for a text that is refused. */
  likely(text: string): string | undefined;
}

/** Longer texts are never names. */
const longestName = 80;
/** More codes than this are not listed. */
const listedCodes = 5;

/** A code, or, unless `strict`, a text that can mean only one code; '' for blank. Never throws. */
export function parseWithCodes(
  text: string,
  { strict }: { strict: boolean },
  rule: CodeRule,
): string | Problem {
  const trimmed = parseText(text, { max: Infinity });
  if (typeof trimmed !== 'string' || trimmed === '') return trimmed;
  const found = rule.codeOf(trimmed);
  if ('code' in found) return found.code;
  const codes = trimmed.length > longestName ? [] : rule.codesOf(trimmed);
  const [only] = codes;
  if (codes.length === 1 && only !== undefined) {
    return strict ? problem(rule.code, `${quoted(trimmed)} ${found.fault}`, { meant: only }) : only;
  }
  const likely = trimmed.length > longestName ? undefined : rule.likely(trimmed);
  const fix = likely === undefined ? undefined : { meant: likely };
  return codes.length > 1
    ? problem(rule.code, `${quoted(trimmed)} can mean ${eitherOf(codes)}`, fix ?? 'write the code')
    : problem(rule.code, `${quoted(trimmed)} ${found.fault}`, fix);
}

function eitherOf(codes: readonly string[]): string {
  if (codes.length > listedCodes + 1) {
    return `${codes.slice(0, listedCodes).join(', ')} or ${codes.length - listedCodes} others`;
  }
  return `${codes.slice(0, -1).join(', ')} or ${codes.at(-1)}`;
}
