import type { Style } from './text/style.ts';
import type { Organization, OrganizationOfProfile } from '../model/organization.ts';
import { printable } from '../model/printable.ts';
import type { ListingLayout } from './text/listing.ts';
import { paint } from './text/paint.ts';
import { renderTable } from './text/table.ts';
import { formatLocalTime } from './text/time.ts';

export const organizationListing: ListingLayout<Organization> = {
  names: ['id', 'name', 'slug', 'created_at', 'updated_at'],
  table: (_first, style) => ({
    columns: [
      { title: 'SLUG', value: ({ slug }) => slug },
      { title: 'NAME', value: ({ name }) => name, shrinksTo: 12 },
      {
        title: 'CREATED',
        value: (org) => (style.terminal ? formatLocalTime(org.created_at) : org.created_at),
      },
      { title: 'ID', value: ({ id }) => id },
    ],
  }),
};

/** Organizations of several databases; the profile is missing for a database that no profile names. */
export const organizationsOfProfiles: ListingLayout<OrganizationOfProfile> = {
  names: ['profile', ...organizationListing.names],
  table: (first, style) => ({
    columns: [
      { title: 'PROFILE', value: ({ profile }) => profile ?? (style.terminal ? '(none)' : '') },
      ...organizationListing.table(first, style).columns,
    ],
  }),
};

/** A new organization: `+ org acme Acme GmbH`, or when piped its line of `org list`. */
export function renderOrganization(organization: Organization, style: Style): string {
  if (!style.terminal) {
    return renderTable(organizationListing.table([organization], style).columns, [organization], style);
  }
  return `${paint(style).green('+')} org ${organization.slug}  ${printable(organization.name)}\n`;
}
