import type { Command } from 'commander';
import { Failure } from '../../errors.ts';
import type { Place } from '../../store/search/places.ts';

/** The flags for where to find customers: the same for each command that finds some. */
export interface PlaceOptions {
  city?: string;
  postalCode?: string;
  country?: string;
}

export function addPlaceOptions(command: Command): Command {
  return command
    .option('--city <city>', 'only customers in this city, in any spelling')
    .option('--postal-code <code>', 'only customers with this postcode')
    .option('--country <country>', 'only customers in this country, by code or name');
}

/** The place, undefined for anywhere; throws `invalid_value` for an invalid country. */
export async function placeOf({ city, postalCode, country }: PlaceOptions): Promise<Place | undefined> {
  if ((city ?? postalCode ?? country) === undefined) return undefined;
  if (country === undefined) return { city, postalCode };
  const { parseCountry } = await import('../../model/country.ts');
  const code = parseCountry(country);
  if (typeof code !== 'string') {
    throw new Failure('invalid_value', `--country: ${code.message}`, { hint: code.hint });
  }
  return { city, postalCode, country: code };
}

/** The same flags again, as words of a command to run next. */
export function placeWords({ city, postalCode, country }: PlaceOptions): string[] {
  return [
    ...(city === undefined ? [] : ['--city', city]),
    ...(postalCode === undefined ? [] : ['--postal-code', postalCode]),
    ...(country === undefined ? [] : ['--country', country]),
  ];
}
