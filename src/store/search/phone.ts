import type * as callingCodes from '../../model/calling-codes.ts';
import type { Tier } from './fit.ts';

/** A phone number that was typed, or the beginning or the end of one. */
export interface TypedPhone {
  /** The digits without calling code, leading zeros and extension. */
  core: string;
  /** Undefined for a number that was typed without one. */
  callingCode: string | undefined;
  /** The extension; undefined if it cannot be separated from the rest. */
  extension: string | undefined;
  /** Whether it has the form of a number: with 0 or + in front, or in groups. */
  isWritten: boolean;
  callingCodeOf: typeof callingCodes.callingCodeOf;
}

const label = /^\s*(?:tel|fon|phone|mobile?|fax|ph|t|m)[.:]*\s*(?=[+(\d])/i;
const extensionSign =
  /^(.*\d.*?)[\s,;]*(?:;ext=|ext(?:ension)?\b\.?|x|durchwahl|dw\b\.?|app(?:arat)?\b\.?|nst\b\.?|#)\s*:?\s*(\d{1,6})\s*$/i;
const hyphenated = /^(.*\d)\s*[-–]\s*(\d{1,3})$/;
const pairs = /\d[-–]\d{1,2}[-–]\d{1,2}$/;

/** A text read as a phone number; undefined if it is not one. */
export async function readPhone(text: string): Promise<TypedPhone | undefined> {
  const whole = text.replace(label, '');
  const [, beforeSign, afterSign] = extensionSign.exec(whole) ?? [];
  const main = beforeSign ?? whole;
  if (!/^\s*\+?[\d\s()/.–-]+$/.test(main.replace(/^\s*\(\s*\+/, '+')) || digitsOf(main).length < fewestDigits)
    return undefined;
  const isWritten = /^\s*\(?[0+]|\d[^\d]+\d/.test(main);
  // 80 kB of numbering plans, which no other search needs.
  const { callingCodeOf } = isWritten
    ? await import('../../model/calling-codes.ts')
    : { callingCodeOf: () => undefined };
  const [, beforeHyphen, afterHyphen] = pairs.test(main) ? [] : (hyphenated.exec(main) ?? []);
  const isHyphenated =
    afterSign === undefined &&
    nationalOf(beforeHyphen ?? '', callingCodeOf).core.length >= fewestBeforeExtension;
  return {
    ...nationalOf(isHyphenated ? (beforeHyphen ?? '') : main, callingCodeOf),
    extension: isHyphenated ? afterHyphen : afterSign,
    isWritten,
    callingCodeOf,
  };
}

const fewestDigits = 4;
/** With fewer digits, an unknown extension would match strangers' numbers. */
const fewestBeforeExtension = 6;
const mostOfExtension = 4;

function nationalOf(
  text: string,
  callingCodeOf: TypedPhone['callingCodeOf'],
): { core: string; callingCode: string | undefined } {
  const digits = digitsOf(text);
  const isInternational = /^\s*\(?\s*(?:\+|00)/.test(text);
  const plain = withoutZeros(digits);
  const callingCode = isInternational ? callingCodeOf(plain) : undefined;
  return { core: withoutZeros(plain.slice(callingCode?.length ?? 0)), callingCode };
}

/**
 * The possible beginnings of matching stored numbers, read backwards: an end of them, with each extension of
 * up to three digits.
 */
export function phoneBeginnings({ core, extension, isWritten }: TypedPhone): string[] {
  const ends = new Set([core + (extension ?? '')]);
  if (isWritten && core.length >= fewestBeforeExtension) {
    ends.add(core);
    for (const each of extensions()) ends.add(core + each);
    // An extension without a separator.
    for (let cut = 1; cut <= mostOfExtension && core.length - cut >= fewestBeforeExtension; cut++) {
      ends.add(core.slice(0, -cut)).add(`${core.slice(0, -cut)}0`);
    }
  }
  return [...ends].filter((end) => end.length >= fewestDigits).map(backwards);
}

function* extensions(): Generator<string> {
  for (let length = 1; length <= 3; length++) {
    for (let number = 0; number < 10 ** length; number++) yield String(number).padStart(length, '0');
  }
}

/** A pattern for LIKE that matches every phone number containing the digits. */
export function phonePattern({ core }: TypedPhone): string {
  return `%${Array.from(core).join('%')}%`;
}

/**
 * How well a stored number fits: the very same, one that it begins, the same with another extension, one that
 * it ends.
 */
export function phoneTier(phone: string | null, typed: TypedPhone | undefined): Tier | undefined {
  if (phone === null || typed === undefined) return undefined;
  const { core, extension } = typed;
  const stored = digitsOf(phone);
  for (let at = stored.indexOf(core); at >= 0; at = stored.indexOf(core, at + 1)) {
    const rest = stored.slice(at + core.length);
    if (isPrefix(stored.slice(0, at), typed)) return tierOfRest(rest, extension);
    if (rest === (extension ?? '') && typed.callingCode === undefined) return 'contains';
  }
  return isWithoutExtension(stored, typed) ? 'contains' : undefined;
}

function tierOfRest(rest: string, extension: string | undefined): Tier | undefined {
  if (rest === (extension ?? '')) return 'exact';
  if (extension === undefined || rest.startsWith(extension)) return 'prefix';
  return rest.length <= mostOfExtension ? 'contains' : undefined;
}

/** Whether digits in front of a number are zeros and a calling code: 0, 0049, 490 of +49 (0). */
function isPrefix(digits: string, { callingCode, callingCodeOf }: TypedPhone): boolean {
  const plain = withoutZeros(digits);
  if (plain === '') return true;
  const code = callingCodeOf(plain);
  if (code === undefined || (callingCode !== undefined && code !== callingCode)) return false;
  return plain === code || plain === `${code}0`;
}

/** Whether the typed number is the stored one with an extension without a separator. */
function isWithoutExtension(stored: string, typed: TypedPhone): boolean {
  const { core, extension } = typed;
  if (extension !== undefined) return false;
  for (let cut = 1; cut <= mostOfExtension && core.length - cut >= fewestBeforeExtension; cut++) {
    const base = core.slice(0, -cut);
    const end = [base, `${base}0`].find((each) => stored.endsWith(each));
    if (end !== undefined && isPrefix(stored.slice(0, -end.length), typed)) return true;
  }
  return false;
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+/, '');
}

function backwards(text: string): string {
  return Array.from(text).toReversed().join('');
}
