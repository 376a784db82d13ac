/** The parts of an address, in the order in which they are written. */
export const addressParts = ['street', 'street2', 'city', 'postal_code', 'state', 'country'] as const;

export type AddressPart = (typeof addressParts)[number];

/** An address as it is stored: only the parts that have a value. An address without parts is null. */
export type Address = Partial<Record<AddressPart, string>>;
