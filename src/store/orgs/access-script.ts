import { escapeLiteral } from 'pg';
import sql from 'sql-template-tag';
import type { Organization } from '../../model/organization.ts';
import { printable } from '../../model/printable.ts';
import type { Role } from '../../model/role.ts';
import { roles } from '../../model/role.ts';
import type { Database } from '../connection/database.ts';
import { createGroup, findGroups, groupPrivileges } from './access-groups.ts';

export interface AccessScript {
  /** For a role that may create roles on the server. */
  administrator: string[];
  /** For the tables' owner, after that. */
  owner: string[];
}

/** All the SQL that grants a login the role: missing group roles, their rights, and the entry itself. */
export async function accessScript(
  database: Database,
  { org, login, role }: { org: Organization; login: string; role: Role },
): Promise<AccessScript> {
  const groups = await findGroups(database);
  const [owner] = await database.query<{ name: string }>(sql`
    select quote_ident(pg_get_userbyid(relowner)) as name
    from pg_class
    where oid = to_regclass('customer')`);
  return {
    administrator: [
      ...groups.missing.map((missing) => createGroup(groups, missing)),
      ...roles.map((each) => `grant ${groups.names[each]} to ${owner?.name} with admin option`),
    ],
    owner: [
      ...(await groupPrivileges(database, groups)),
      `select access_grant(${[org.id, login, role].map(printableLiteral).join(', ')})`,
    ],
  };
}

/** An SQL literal that is safe on a terminal: other characters are escaped (U&'', SQL standard). */
function printableLiteral(text: string): string {
  if (printable(text) === text) return escapeLiteral(text);
  const characters = Array.from(text, (character) =>
    printable(character) === character
      ? character.replaceAll('\\', '\\\\').replaceAll("'", "''")
      : `\\+${(character.codePointAt(0) ?? 0).toString(16).padStart(6, '0')}`,
  );
  return `U&'${characters.join('')}'`;
}
