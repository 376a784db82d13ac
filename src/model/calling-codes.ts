import metadata from 'libphonenumber-js/min/metadata';

/** Every country's calling code, and those of no country: 49, 1, 358, 800. None is the beginning of another. */
export const callingCodes: ReadonlySet<string> = new Set([
  ...Object.keys(metadata.country_calling_codes),
  ...Object.keys(metadata.nonGeographic),
]);

const mostDigits = 3;

/** The calling code that the digits of an international number begin with, undefined when none does. */
export function callingCodeOf(digits: string): string | undefined {
  for (let length = 1; length <= mostDigits; length++) {
    const code = digits.slice(0, length);
    if (callingCodes.has(code)) return code;
  }
  return undefined;
}
