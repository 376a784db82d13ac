import { addressParts } from './address.ts';

/**
 * Fields by the names of a file's columns in the shape of a customer: `billing_city` becomes part of
 * `billing_address`. What is there under other names stays, for the schema to judge.
 */
export function nestAddresses(fields: Record<string, unknown>): Record<string, unknown> {
  const nested: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(fields)) nested[name] = value;
  for (const side of ['billing', 'shipping'] as const) {
    for (const part of addressParts) {
      const name = `${side}_${part}`;
      if (!(name in nested)) continue;
      const address = nested[`${side}_address`];
      if (
        address === undefined ||
        (typeof address === 'object' && address !== null && !Array.isArray(address))
      ) {
        nested[`${side}_address`] = { ...address, [part]: nested[name] };
        delete nested[name];
      }
    }
  }
  return nested;
}
