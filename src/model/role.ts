import { Failure } from '../errors.ts';
import { quoted } from './printable.ts';

/** OrderFlow's roles; each has all rights of those before it. A login has one role per organization. */
export const roles = ['VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN'] as const;

export type Role = (typeof roles)[number];

/** What each role may do, in a few words. */
export const roleRights: Record<Role, string> = {
  VIEWER: 'look up customers, contacts and past imports',
  OPS: 'also add, change and remove contacts',
  INTEGRATOR: 'also create, change and import customers',
  ADMIN: 'also manage access to the organization',
};

/** The role of that name, in any case; throws `usage`. */
export function parseRole(text: string): Role {
  const found = roles.find((role) => role === text.toUpperCase());
  if (found !== undefined) return found;
  throw new Failure('usage', `--role takes ${roles.join(', ')}, not ${quoted(text)}`);
}

/** Whether `role` may do what `needed` may. */
export function includesRole(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** A login's role in an organization. */
export interface Access {
  login: string;
  role: Role;
  /** The login that granted it. */
  granted_by: string;
  created_at: string;
  updated_at: string;
}

/** The session's identity in the database, and the access that it has. */
export interface Identity {
  login: string;
  /** The role that the session has assumed with SET ROLE, otherwise the login. */
  acting_as: string;
  /** Why every organization is open to it regardless of roles; null if roles decide. */
  bypass: 'owner' | 'superuser' | 'bypassrls' | null;
  items: { org: string; name: string; role: Role }[];
}
