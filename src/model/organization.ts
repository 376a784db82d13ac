import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { parseText } from './text.ts';

/** A tenant, as OrderFlow's API shows it; instants in ISO 8601, UTC. */
export interface Organization {
  id: string;
  name: string;
  slug: string;
  created_at: string;
  updated_at: string;
}

/** An organization with the profile of its database; null for the database at the top level of a file. */
export interface OrganizationOfProfile extends Organization {
  profile: string | null;
}

/**
 * The slug unchanged (a slug is typed into scripts, so nothing is corrected silently), or what is wrong with
 * it.
 */
export function parseSlug(text: string): string | Problem {
  if (/^[a-z0-9-]{2,100}$/.test(text)) return text;
  const meant = text
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100);
  return problem(
    'invalid_slug',
    `${quoted(text)} is not a slug of 2 to 100 lower-case letters, digits and hyphens`,
    meant.length < 2 ? undefined : { meant },
  );
}

/** The organization's name, 1 to 200 characters. */
export function parseOrganizationName(text: string): string | Problem {
  const name = parseText(text, { max: 200 });
  return name === '' ? problem('name_required', 'a name is required') : name;
}

/** True for an id in the form that Postgres prints; anything else is a slug or an ERP number. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
