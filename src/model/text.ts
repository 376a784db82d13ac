import { decodedTwiceSuspect, repairDecodedTwice } from './decoded-twice.ts';
import { decodedWronglySign, decodedWronglySuspect, repairDecodedWrongly } from './decoded-wrongly.ts';
import { escapedSuspect, unescapedText } from './escaped-text.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';

export interface TextRule {
  /** Unicode code points after NFC, as Postgres counts with char_length. */
  max: number;
  /** Line breaks are allowed inside; CRLF, CR, NEL and the Unicode separators become LF. */
  lineBreaks?: boolean;
}

/**
 * Printable ASCII without the characters that begin an escape (& \ _), and Western European letters without the
 * one that a wrong encoding writes (Â): nothing in such a text can be wrong, and most texts are of this kind.
 */
const plainest = /^[!-%'-[\]^`-~ÀÁÃ-ÖØ-öø-ÿ](?:[ -%'-[\]^`-~ÀÁÃ-ÖØ-öø-ÿ]*[!-%'-[\]^`-~ÀÁÃ-ÖØ-öø-ÿ])?$/;
const plain = /^[!-~](?:[ -~]*[!-~])?$/;

// Letters, signs and quotes that NFC does not change (no combining marks, no singletons) and that are not
// controls: Latin, basic Cyrillic, Vietnamese.
const letters = '!-~\\u00a1-\\u00ac\\u00ae-\\u02ff\\u0400-\\u0482\\u1e00-\\u1eff\\u2010-\\u2027\\u20ac';
const composedLine = new RegExp(`^[${letters}](?:[ \\u00a0${letters}]*[${letters}])?$`);
const composedLines = new RegExp(`^[${letters}](?:[\\n \\u00a0${letters}]*[${letters}])?$`);

const loneSurrogate = /[\ud800-\udfff]/u;
const control = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
const controlBesidesLineFeed = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;
const lineBreak = /\r\n?|[\u0085\u2028\u2029]/g;
// White_Space of Unicode, and other invisible characters: soft hyphen, zero width spaces and joiners,
// directional marks, embeddings and isolates, word joiner, byte order mark.
const outerSpace = /[\s\u0085\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/;

/**
 * The text as it is stored (trimmed, NFC), or what is wrong with it; '' for blank. Never throws. Called for
 * every cell of a file: returns the very same string if nothing changes.
 */
export function parseText(text: string, rule: TextRule): string | Problem {
  if (plainest.test(text) || (plain.test(text) && !escapedSuspect.test(text))) {
    return text.length <= rule.max ? text : withinLength(text, rule);
  }
  if (text === '') return text;
  if (
    (rule.lineBreaks ? composedLines : composedLine).test(text) &&
    !decodedTwiceSuspect.test(text) &&
    !(decodedWronglySign.test(text) && decodedWronglySuspect.test(text)) &&
    !escapedSuspect.test(text)
  ) {
    return text.length <= rule.max ? text : withinLength(text, rule);
  }
  return parseUncommonText(text, rule);
}

function parseUncommonText(raw: string, rule: TextRule): string | Problem {
  if (loneSurrogate.test(raw)) {
    return problem(
      'lone_surrogate',
      `${quoted(raw)} holds half a character (a lone surrogate)`,
      'export it again as UTF-8',
    );
  }
  const whole = raw.normalize('NFC');
  const text = rule.lineBreaks ? trimmed(whole).replace(lineBreak, '\n') : trimmed(whole);
  if (text.includes('\ufffd')) {
    return problem(
      'replacement_character',
      `${quoted(text)} has lost a character (U+FFFD)`,
      'it was lost before it came here: export it again as UTF-8',
    );
  }
  // Untrimmed first: the second byte of "à" looks like a space, which trimming would remove.
  const meant = repairDecodedTwice(whole) ?? repairDecodedTwice(text);
  if (meant !== undefined) {
    return problem('decoded_twice', `${quoted(text)} was decoded twice`, `meant ${quoted(trimmed(meant))}?`);
  }
  const written = repairDecodedWrongly(text);
  if (written !== undefined) {
    return problem(
      'decoded_wrongly',
      `${quoted(text)} was read in the wrong encoding`,
      `meant ${quoted(trimmed(written))}?`,
    );
  }
  const unescaped = unescapedText(text);
  if (unescaped !== undefined) {
    return problem(
      'escaped_text',
      `${quoted(text)} contains escaped characters`,
      `meant ${quoted(trimmed(unescaped))}?`,
    );
  }
  const found = (rule.lineBreaks ? controlBesidesLineFeed : control).exec(text);
  if (found !== null) return controlProblem(text, found[0]);
  return withinLength(text, rule);
}

function controlProblem(text: string, character: string): Problem {
  if (/[\n\r\u2028\u2029]/.test(character)) {
    return problem('control_character', `${quoted(text)} has a line break`, 'write it on one line');
  }
  const name = character === '\t' ? 'a tab' : `the control character ${quoted(character).slice(1, -1)}`;
  return problem('control_character', `${quoted(text)} has ${name} in it`, 'remove it');
}

function withinLength(text: string, { max }: TextRule): string | Problem {
  if (text.length <= max) return text;
  const length = countCodePoints(text);
  if (length <= max) return text;
  return problem('too_long', `${quoted(text)} is ${length} characters long`, `at most ${max} are allowed`);
}

function countCodePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

/** By hand, because `/\s+$/` takes quadratic time on a run of spaces inside. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && outerSpace.test(text[start]!)) start++;
  while (end > start && outerSpace.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}
