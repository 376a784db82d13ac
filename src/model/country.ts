import codes from 'i18n-iso-countries/codes.json' with { type: 'json' };
import { cached } from './cached.ts';
import { countriesOf, likelyCountry } from './country-names.ts';
import type { Problem } from './problem.ts';
import type { CodeRule } from './reading.ts';
import { parseWithCodes } from './reading.ts';

/** ISO 3166-1 alpha-2, and XK for Kosovo from the range that the standard leaves to its users. */
const alpha2 = new Set(codes.map(([code]) => code));

const rule: CodeRule = {
  code: 'invalid_country',
  codeOf(text) {
    const code = alpha2Of(text);
    return code === undefined ? { fault: 'is not an ISO 3166-1 country code of two letters' } : { code };
  },
  codesOf: countriesOf,
  likely: likelyCountry,
};

function alpha2Of(text: string): string | undefined {
  const code = /^[a-z]{2}$/i.test(text) ? text.toUpperCase() : text;
  return alpha2.has(code) ? code : undefined;
}

/**
 * The country's code, from its code or from a text that can mean only this country: `Deutschland`, `DEU`,
 * `D`. '' for blank.
 */
export const parseCountry: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: false }, rule),
);

/** The country code in capitals, '' for blank. */
export const parseCountryCode: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: true }, rule),
);
