import type { Style } from '../context.ts';
import type { Organization } from '../model/organization.ts';
import { printable } from '../model/printable.ts';
import { paint } from './paint.ts';
import type { Column } from './table.ts';
import { renderTable } from './table.ts';
import { formatLocalTime } from './time.ts';

export function renderOrganizationList(organizations: Organization[], style: Style): string {
  if (organizations.length === 0) return '';
  const columns: Column<Organization>[] = [
    { title: 'SLUG', value: ({ slug }) => slug },
    { title: 'NAME', value: ({ name }) => name, shrinksTo: 12 },
    {
      title: 'CREATED',
      value: (org) => (style.terminal ? formatLocalTime(org.created_at) : org.created_at),
    },
    { title: 'ID', value: ({ id }) => id },
  ];
  return renderTable(columns, organizations, style);
}

/** One that was just made: `+ org acme  Acme GmbH`, or piped the line that `org list` has for it. */
export function renderOrganization(organization: Organization, style: Style): string {
  if (!style.terminal) return renderOrganizationList([organization], style);
  return `${paint(style).green('+')} org ${organization.slug}  ${printable(organization.name)}\n`;
}
