import postalCodes, { locales } from 'validator/lib/isPostalCode.js';
import type { Address } from './address.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';

/**
 * The module has no `module.exports` of its own, so some loaders return the function and others an object
 * that contains it.
 */
const held: unknown = postalCodes;
const isPostalCode = (typeof held === 'function' ? held : postalCodes.default) as typeof postalCodes.default;
const known = new Set<string>(locales);
const longestOfDigits = 7;

/**
 * A postcode that is invalid in its country (ISO 3166-1 alpha-2) but valid with leading zeros, or without the
 * separators that a spreadsheet added: 1067 and 80.331 in Germany. Countries that are not in the list, and
 * codes that are wrong in another way, are accepted, because the list may be older than they are.
 */
export function findDamagedPostalCode(code: string, country: string): Problem | undefined {
  if (code === '' || !known.has(country)) return undefined;
  const locale = country as Parameters<typeof isPostalCode>[1];
  if (isPostalCode(code, locale)) return undefined;
  const digits = code.replaceAll(/[ .,'’]/g, '');
  if (!/^\d+$/.test(digits)) return undefined;
  for (let padded = digits; padded.length <= longestOfDigits; padded = `0${padded}`) {
    if (!isPostalCode(padded, locale)) continue;
    return problem(
      'spreadsheet_damage',
      `${quoted(code)} is not a postcode in ${country}`,
      `probably ${padded}: a spreadsheet ${lossOf(code, digits, padded)}`,
    );
  }
  return undefined;
}

function lossOf(code: string, digits: string, padded: string): string {
  const zero = padded.length - digits.length === 1 ? 'a leading zero' : 'leading zeros';
  const lost = padded === digits ? undefined : `removed ${zero}`;
  const added = code === digits ? undefined : 'added a thousands separator';
  return [lost, added].filter((what) => what !== undefined).join(' and ');
}

/** The same for an address as it is stored. */
export function findDamagedPostalCodeOf(address: Address | null): Problem | undefined {
  return findDamagedPostalCode(address?.postal_code ?? '', address?.country ?? '');
}
