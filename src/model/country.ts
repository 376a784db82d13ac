import codes from 'i18n-iso-countries/codes.json' with { type: 'json' };
import german from 'i18n-iso-countries/langs/de.json' with { type: 'json' };
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import { cached } from './cached.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { parseText } from './text.ts';

/** ISO 3166-1 alpha-2, and XK for Kosovo from the range that the standard leaves to its users. */
const alpha2 = new Set(codes.map(([code]) => code));

/** The country code in capitals, '' for blank. */
export const parseCountry: (text: string) => string | Problem = cached((text) => {
  const trimmed = parseText(text, { max: Infinity });
  if (typeof trimmed !== 'string' || trimmed === '') return trimmed;
  const code = /^[a-z]{2}$/i.test(trimmed) ? trimmed.toUpperCase() : trimmed;
  if (alpha2.has(code)) return code;
  const meant = trimmed.length > 80 ? undefined : meantCountry(trimmed);
  const hint = meant === undefined ? undefined : `did you mean ${meant}?`;
  return problem(
    'invalid_country',
    `${quoted(trimmed)} is not an ISO 3166-1 country code of two letters`,
    hint,
  );
});

// What is written on cars and in addresses where it differs from the code.
const signs: Record<string, string> = {
  D: 'DE',
  A: 'AT',
  F: 'FR',
  I: 'IT',
  E: 'ES',
  B: 'BE',
  L: 'LU',
  H: 'HU',
  FL: 'LI',
  UK: 'GB',
  EL: 'GR',
};

function meantCountry(text: string): string | undefined {
  const word = text.toUpperCase();
  return Object.hasOwn(signs, word) ? signs[word] : alpha2Named().get(word);
}

let known: Map<string, string> | undefined;

/** Alpha-3 and numeric codes and the English and German names, in capitals; made when the first is looked up. */
function alpha2Named(): Map<string, string> {
  return (known ??= new Map([
    ...[english, german].flatMap(({ countries }) =>
      Object.entries(countries).flatMap(([code, names]) =>
        [names].flat().map((name): [string, string] => [name.toUpperCase(), code]),
      ),
    ),
    ...codes.flatMap(([code, alpha3, number]): [string, string][] => [
      [String(alpha3), String(code)],
      [String(number), String(code)],
    ]),
  ]));
}
