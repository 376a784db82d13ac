import validator from 'validator/lib/isEmail.js';
import { findNumberPlaceholder } from './placeholder.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { parseText } from './text.ts';

const rule = { max: 254 };

// What nearly every address looks like, in one pass instead of validator's several; it accepts nothing that
// validator refuses. Local parts of up to 64 characters.
const ordinary =
  /^(?=[^@]{1,64}@)[a-z\d!#$%&'*+\-/=?^_`{|}~]+(?:\.[a-z\d!#$%&'*+\-/=?^_`{|}~]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/;
const invisible = /\p{Cf}/u;
// Validator accepts any character beyond ASCII as a letter.
const domain = /@[\p{L}\p{M}\p{N}.-]+$/u;

/** The address trimmed and in lower case, '' for blank; international domains and local parts are valid. */
export function parseEmail(text: string): string | Problem {
  const short = text.length <= rule.max ? text : '';
  if (ordinary.test(short)) return short;
  const lower = short.toLowerCase();
  if (ordinary.test(lower)) return lower;
  const trimmed = parseText(text, rule);
  if (typeof trimmed !== 'string') return isSeveral(text) ? severalOf(text) : trimmed;
  if (trimmed === '') return trimmed;
  // Lower case can undo NFC and create new suspect texts, so the result is checked once more.
  const address = parseText(trimmed.toLowerCase(), rule);
  if (typeof address !== 'string' || ordinary.test(address)) return address;
  if (isAddress(address)) return address;
  return problem('invalid_email', `${quoted(trimmed)} is not an email address`, fixFor(address));
}

/** Two addresses on two lines: one of them has to go, not the line break. */
function isSeveral(text: string): boolean {
  return text.length <= rule.max && /@[^@]*[\r\n][^@]*@/.test(text);
}

const oneOnly = 'give one address only';

function severalOf(text: string): Problem {
  return problem('invalid_email', `${quoted(text)} is not an email address`, oneOnly);
}

function isAddress(text: string): boolean {
  return validator.default(text) && !invisible.test(text) && domain.test(text);
}

function fixFor(address: string): string | { meant: string } | undefined {
  const inside =
    /<([^<>]+)>[\s;,.]*$/.exec(address)?.[1] ?? address.replace(/^\p{L}[\p{L}-]*:(?!\/\/)\s*/u, '');
  // What is around an address: brackets, quotes, a name in brackets, link parameters.
  const written = inside
    .replace(/^\w+:\/\//, '')
    .replace(/\?\w+=.*$/, '')
    .replace(/\s*\([^()@]*\s[^()@]*\)$|\s+\([^()@]*\)$/, '')
    .replace(/^[^\p{L}\p{N}_+]+/u, '')
    .replace(/[^\p{L}\p{N}]+$/u, '');
  const candidates = [
    inside,
    written,
    written.replaceAll(/\p{Cf}/gu, ''),
    // Full-width signs of East Asia.
    written.normalize('NFKC').replaceAll('。', '.'),
    /\s/.test(written) ? '' : written.replaceAll(/[,;:]/g, '.'),
    // Words after it, or a name of several words before it.
    written.replace(/^(\S+@\S+\.\p{L}{2,})\s+[^@]*\p{L}{3}[^@]*$/u, '$1'),
    written.replace(/^[^@]*\p{L}\s+[^@]*\p{L}\s+(?=\S+@\S+$)/u, ''),
    // An ending cut in two, or with digits instead of letters.
    written.replace(/(@\S+\.\p{L}{1,2})\s+(\p{L}{1,2})$/u, '$1$2'),
    written.replace(/\.[a-z03]*[a-z][a-z03]*$/, (end) => end.replaceAll('0', 'o').replaceAll('3', 'e')),
    written.replaceAll(/\s*([@.])\s*/g, '$1'),
    written.replace(/\s+(?=\p{L}+$)/u, '.'),
    written.replace(/\.*@\.*/, '@').replace(/\.{2,}(?=[^@]*$)/, '.'),
    written
      .replace(/\s*[([{<]\s*(at|ät)\s*[)\]}>]\s*|\s+at\s+/, '@')
      .replaceAll(/\s*[([{<]\s*(dot|punkt)\s*[)\]}>]\s*|\s+dot\s+/g, '.'),
    // AltGr and Q, with a neighbouring key; shift and 2 on another keyboard.
    written.replace(/^([^@€²®"]+)[€²®"]/, '$1@'),
    written.replace(/@@+/, '@'),
  ].filter((candidate) => candidate.split('@').length === 2);
  const meant = candidates.find((candidate) => isAddress(candidate));
  if (meant !== undefined) return { meant };
  if (/@.*[,;\s/].*@/.test(address)) return oneOnly;
  if (!address.includes('@') && findNumberPlaceholder(address) !== undefined)
    return 'leave it blank if there is none';
  return undefined;
}
