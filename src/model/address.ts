import { parseCountry, parseCountryCode } from './country.ts';
import type { Problem } from './problem.ts';
import { parseIdentifier } from './identifier.ts';
import { parseValue } from './placeholder.ts';

/** The parts of an address, in the order in which they are written. */
export const addressParts = ['street', 'street2', 'city', 'postal_code', 'state', 'country'] as const;

export type AddressPart = (typeof addressParts)[number];

/** An address as it is stored: only the parts that have a value. An address without parts is null. */
export type Address = Partial<Record<AddressPart, string>>;

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
