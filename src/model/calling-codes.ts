import metadata from 'libphonenumber-js/min/metadata';

/** Every calling code, of countries and others: 49, 1, 358, 800. No code is a prefix of another. */
export const callingCodes: ReadonlySet<string> = new Set([
  ...Object.keys(metadata.country_calling_codes),
  ...Object.keys(metadata.nonGeographic),
]);

const mostDigits = 3;

/** The calling code at the beginning of an international number's digits; undefined without one. */
export function callingCodeOf(digits: string): string | undefined {
  for (let length = 1; length <= mostDigits; length++) {
    const code = digits.slice(0, length);
    if (callingCodes.has(code)) return code;
  }
  return undefined;
}
