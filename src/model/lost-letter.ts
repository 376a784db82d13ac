import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';

/**
 * A question mark within a word, or before one in small letters: M?ller, B?ckerei, ?berlingen; not Wer? Wie?
 */
const lost = /\p{L}\?\p{L}|(?:^|[\s-])\?\p{Ll}{2}/u;

/** A text in which a program wrote ? for a letter that its encoding lacks. The letter is lost. */
export function findLostLetter(text: string): Problem | undefined {
  if (!text.includes('?') || !lost.test(text)) return undefined;
  return problem(
    'lost_letter',
    `${quoted(text)} has a question mark where a letter may have been`,
    'if so, it was lost before it came here: export it again as UTF-8',
  );
}
