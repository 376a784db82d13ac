import type { Guard } from '../../model/guard.ts';

/** The limit of a guard: a count, or a share of a total, in millionths; null for no limit. */
export type GuardLimit = { count: number } | { millionths: number } | null;

/** The values of `--allow` and `--guard`, by the guard's name. */
export interface GuardFlags {
  /** Accepts exactly this count, however large. */
  allow: ReadonlyMap<string, number>;
  /** Replaces the default limit. */
  limits: ReadonlyMap<string, GuardLimit>;
}

/** What a run does to the customers of its source, counted before the commit. */
export interface NightCounts {
  /** Rows of the file, and of the source's last accepted one; undefined if the guard does not apply. */
  rows: number;
  lastRows: number | undefined;
  /**
   * Customers that this run deactivates, and those of the last 24 hours that are still inactive; out of those
   * active before.
   */
  deactivations: { count: number; of: number };
  fields: FieldCounts[];
}

/** Fields by the names of a file's columns. */
export interface FieldCounts {
  field: string;
  /** Values that become blank, out of the customers or contacts in the file that had one. */
  cleared: number;
  of: number;
  /** Values that are replaced. */
  changed: number;
}

/** More than a twentieth of the customers, and in a small org more than a quarter; never more than 500. */
function usualPart(of: number): number {
  return Math.min(500, Math.max(Math.floor(of / 20), Math.floor(Math.min(5, of / 4))));
}

/** Names and numbers seldom change; much else does when an ERP is cleaned up. */
function usualChanges(field: string, rows: number): number {
  return Math.max(20, Math.floor(rows / (field === 'name' || field === 'erp_customer_number' ? 20 : 5)));
}

/**
 * Compares the counts of a run with their limits; the caller fills `customers` of those that are exceeded.
 */
export function judgeGuards(counts: NightCounts, flags: GuardFlags): Guard[] {
  const { rows, lastRows, deactivations, fields } = counts;
  const guards: Guard[] = [];
  if (lastRows !== undefined) {
    const limit = limitOf('rows', lastRows, Math.ceil((lastRows * 9) / 10));
    const exceeded = limit !== null && rows < limit && flags.allow.get('rows') !== rows;
    guards.push({ name: 'rows', count: rows, limit, of: lastRows, exceeded, customers: [] });
  }
  guards.push(most('deactivations', deactivations.count, deactivations.of, usualPart(deactivations.of)));
  for (const { field, cleared, of, changed } of fields) {
    if (cleared > 0) guards.push(most(`cleared.${field}`, cleared, of, usualPart(of)));
    if (changed > 0) guards.push(most(`changed.${field}`, changed, rows, usualChanges(field, rows)));
  }
  return guards;

  function most(name: string, count: number, of: number, usual: number): Guard {
    const limit = limitOf(name, of, usual);
    const exceeded = limit !== null && count > limit && flags.allow.get(name) !== count;
    return { name, count, limit, of, exceeded, customers: [] };
  }

  function limitOf(name: string, of: number, usual: number): number | null {
    const given = flags.limits.get(name);
    if (given === null) return null;
    if (given === undefined) return usual;
    if ('count' in given) return given.count;
    const part = (of * given.millionths) / 1_000_000;
    return name === 'rows' ? Math.ceil(part) : Math.floor(part);
  }
}
