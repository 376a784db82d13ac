import { renderCommand } from './text/command-line.ts';
import type { ToolCommand } from '../advice.ts';
import type { Style } from './text/style.ts';
import { printable } from '../model/printable.ts';
import type { Access, Identity } from '../model/role.ts';
import { paint } from './text/paint.ts';
import type { Column } from './text/table.ts';
import { renderTable } from './text/table.ts';
import { formatLocalTime } from './text/time.ts';

export function renderAccessList(items: Access[], style: Style): string {
  const columns: Column<Access>[] = [
    { title: 'LOGIN', value: ({ login }) => login },
    { title: 'ROLE', value: ({ role }) => role },
    { title: 'GRANTED BY', value: (access) => access.granted_by, shrinksTo: 8, drops: 1 },
    {
      title: 'SINCE',
      value: ({ updated_at: since }) => (style.terminal ? formatLocalTime(since) : since),
      drops: 2,
    },
  ];
  return items.length === 0 ? '' : renderTable(columns, items, style);
}

/** One line for a role that was just granted. */
export function renderAccess({ login, role }: Access, org: { slug: string }, style: Style): string {
  return paint(style).green(`+ ${printable(login)} is ${role} in ${org.slug}`);
}

const bypasses: Record<NonNullable<Identity['bypass']>, string> = {
  owner: 'it owns the tables',
  superuser: 'this login is a superuser',
  bypassrls: 'it has BYPASSRLS',
};

/** The login, its profile, what it bypasses, then a line for each organization: `org<tab>role` when piped. */
export function renderIdentity(
  { profile, login, acting_as: actingAs, bypass, items }: Identity & { profile: string | null },
  style: Style,
): string {
  const { bold } = paint(style);
  const lines = [['login', bold(printable(login))]];
  if (profile !== null) lines.push(['profile', profile]);
  if (actingAs !== login) lines.push(['acting as', printable(actingAs)]);
  if (bypass !== null) lines.push(['all orgs', bypasses[bypass]]);
  for (const { org, role } of items) lines.push([org, role]);
  const width = Math.max(...lines.map(([label = '']) => label.length));
  return lines
    .map(([label = '', value = '']) =>
      style.terminal ? `${label.padEnd(width)}  ${value}` : `${label}\t${value}`,
    )
    .join('\n');
}

/** SQL for an administrator to run, and then for the owner. */
export function renderAccessScript(
  { administrator }: { administrator: string[] },
  then: ToolCommand,
  { invocation }: Style,
): string {
  return [
    '-- Run by a role that may create roles:',
    ...administrator.map((statement) => `${statement};`),
    '-- After that, the owner of the tables runs:',
    `--   ${renderCommand(then, invocation)}`,
  ].join('\n');
}
