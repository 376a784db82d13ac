import { addressPlaceOf } from './columns.ts';

/**
 * Turns fields named like a file's columns into the shape of a customer: `billing_city` becomes part of
 * `billing_address`. Other names are left for the schema to judge.
 */
export function nestAddresses(fields: Record<string, unknown>): Record<string, unknown> {
  const nested: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(fields)) nested[name] = value;
  for (const name of Object.keys(fields)) {
    const place = addressPlaceOf(name);
    if (place === undefined) continue;
    const address = nested[place.column];
    if (
      address === undefined ||
      (typeof address === 'object' && address !== null && !Array.isArray(address))
    ) {
      nested[place.column] = { ...address, [place.part]: nested[name] };
      delete nested[name];
    }
  }
  return nested;
}
