import { InvalidArgumentError } from 'commander';
import { Failure } from '../../errors.ts';

/** For a flag that counts: a whole number from 1 to `max`. */
export function wholeNumber(max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(
      max === Number.MAX_SAFE_INTEGER
        ? 'It is a whole number from 1.'
        : `It is a whole number from 1 to ${max}.`,
    );
  };
}

/**
 * For a flag that names a file to write, where `-` has no meaning: otherwise it would become a file of that
 * name.
 */
export function fileNameFor(flag: string): (text: string) => string {
  return (text) => {
    if (text !== '-') return text;
    throw new Failure('usage', `${flag} cannot write to standard output, which gets the result`, {
      hint: 'name a file; ./- is a file named -',
    });
  };
}

/**
 * For a flag that takes a day or instant (`2026-11-01`, in the local time zone) or an age (`30d`, `12h`): a
 * function from the current time to the instant in ISO 8601.
 */
export function sinceFor(flag: string): (text: string) => (now: Date) => string {
  return (text) => {
    const [, number, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
    const hours = Number(number) * (unit === 'd' ? 24 : 1);
    if (number !== undefined) return (now) => new Date(now.getTime() - hours * 3_600_000).toISOString();
    const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
    const instant = new Date(isDay ? `${text}T00:00` : text);
    if (/^\d{4}-/.test(text) && !Number.isNaN(instant.getTime())) return () => instant.toISOString();
    throw new Failure('usage', `${flag} takes a day or how long ago, not ${JSON.stringify(text)}`, {
      hint: 'such as 2026-11-01, 30d or 12h',
    });
  };
}

/**
 * For a flag that takes a time, such as `60s`, `5m` or a bare number of seconds: milliseconds, a day at most.
 */
export function timeFor(flag: string): (text: string) => number {
  return (text) => {
    const [, number, unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? [];
    const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit];
    const milliseconds = Number(number) * (factor ?? Number.NaN);
    if (Number.isSafeInteger(milliseconds) && milliseconds <= 86_400_000) return milliseconds;
    throw new Failure('usage', `${flag} takes a time up to 24h, not ${JSON.stringify(text)}`, {
      hint: 'such as 60s or 5m',
    });
  };
}

/** For a flag that takes an age, such as `26h`, `90m` or `8d`: seconds. */
export function ageFor(flag: string): (text: string) => number {
  return (text) => {
    const [, number, unit = ''] = /^(\d{1,5})(m|h|d)$/.exec(text) ?? [];
    const seconds = Number(number) * ({ m: 60, h: 3600, d: 86_400 }[unit] ?? Number.NaN);
    if (seconds > 0) return seconds;
    throw new Failure('usage', `${flag} takes an age, not ${JSON.stringify(text)}`, {
      hint: 'such as 26h, 90m or 8d',
    });
  };
}
