import type { Address } from '../model/address.ts';
import { printable } from '../model/printable.ts';

/** The address as lines for an envelope, without empty ones; an empty list without an address. */
export function addressLines(address: Address | null): string[] {
  const { street, street2, city, postal_code, state, country } = address ?? {};
  const place = [postal_code, city].filter(Boolean).join(' ');
  return [street, street2, [place, state].filter(Boolean).join(', '), country]
    .flatMap((part) => (part ?? '').split('\n'))
    .filter((line) => line !== '')
    .map(printable);
}
