import { InvalidArgumentError } from 'commander';

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
