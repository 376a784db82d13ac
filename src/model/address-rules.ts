import type { AddressPart } from './address.ts';
import { parseCountry, parseCountryCode } from './country.ts';
import type { Problem } from './problem.ts';
import { parseIdentifier } from './identifier.ts';
import { parseValue } from './placeholder.ts';

/*
 * Apart from what an address is (`address.ts`): all commands show addresses, and the names of countries cost
 * those that parse none a fifth of their start.
 */

/** Each part's normalised text, '' for blank, or what is wrong with it. */
export const parseAddressPart: Record<AddressPart, (text: string) => string | Problem> = {
  street: (text) => parseValue(text, { max: 200, lineBreaks: true }),
  street2: (text) => parseValue(text, { max: 200, lineBreaks: true }),
  city: (text) => parseValue(text, { max: 100, lineBreaks: true }),
  postal_code: (text) => parseIdentifier(text, { max: 20 }, 'postal_code'),
  state: (text) => parseValue(text, { max: 100, lineBreaks: true }),
  country: parseCountry,
};

/** The same for the part that is a code, where only codes are accepted. */
export const parseAddressPartCode: Partial<typeof parseAddressPart> = { country: parseCountryCode };
