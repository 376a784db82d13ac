import type { StoredCustomer } from './import.ts';

/*
 * What an org is like after nights, edits and undos: a second answer, of plain maps, from docs/nightly.md alone. It
 * knows one source, whose files have `name`, `notes`, `billing_city` and one contact with a phone.
 */

export interface ErpCustomer {
  name: string;
  notes: string;
  city: string;
  phone: string;
}

/** A row of a file; `wrong` is rejected. */
export interface NightRow extends ErpCustomer {
  number: string;
  wrong: boolean;
}

/** One change of one field, or of several by one writer. */
interface Entry {
  by: 'file' | 'person';
  run: number | undefined;
  before: string | null;
  after: string | null;
  at: number;
}

const fields = ['name', 'notes', 'city', 'phone'] as const;
type Field = (typeof fields)[number] | 'active';

const keyOf = (number: string, field: Field): string => `${number} ${field}`;

function valueOf(customer: StoredCustomer, field: Field): string | null {
  if (field === 'name') return customer.name;
  if (field === 'notes') return customer.notes;
  if (field === 'active') return String(customer.is_active);
  if (field === 'city') return (customer.billing_address?.['city'] as string | undefined) ?? null;
  return customer.contacts[0]?.phone ?? null;
}

function setValue(customer: StoredCustomer, field: Field, value: string | null): void {
  if (field === 'name') customer.name = value as string;
  else if (field === 'notes') customer.notes = value;
  else if (field === 'active') customer.is_active = value === 'true';
  else if (field === 'city') customer.billing_address = value === null ? null : { city: value };
  else if (customer.contacts[0] !== undefined) customer.contacts[0].phone = value;
}

export type Edits = 'keep' | 'overwrite';

export function createYearModel() {
  const customers = new Map<string, StoredCustomer>();
  /** By number and field. */
  const entries = new Map<string, Entry[]>();
  /** When a file first had the customer, and since when the files lack it. */
  const members = new Map<string, { since: number; droppedAt: number | undefined }>();
  const undone = new Set<number>();
  let clock = 0;
  let runs = 0;

  function write(number: string, field: Field, value: string | null, by: Pick<Entry, 'by' | 'run'>): boolean {
    const customer = customers.get(number);
    if (customer === undefined) return false;
    const before = valueOf(customer, field);
    if (before === value) return false;
    setValue(customer, field, value);
    const known = entries.get(keyOf(number, field)) ?? [];
    known.push({ ...by, before, after: value, at: ++clock });
    entries.set(keyOf(number, field), known);
    return true;
  }

  /** What the file had before a person edited the field, since a file last wrote it; undefined for no edit. */
  function editedFrom(number: string, field: Field): { base: string | null } | undefined {
    const since = members.get(number)?.since;
    if (since === undefined) return undefined;
    const counted = (entries.get(keyOf(number, field)) ?? []).filter(
      ({ run, at }) => at > since && (run === undefined || !undone.has(run)),
    );
    const later = counted.slice(counted.findLastIndex(({ by }) => by === 'file') + 1);
    return later[0] === undefined ? undefined : { base: later[0].before };
  }

  function isTakenUp(number: string, droppedAt: number): boolean {
    const known = entries.get(keyOf(number, 'active')) ?? [];
    return known.some(({ by, after, at }) => by === 'person' && after === 'true' && at > droppedAt);
  }

  return {
    customers,
    /** A person creates a customer, or changes a field of one. */
    create(number: string, given: ErpCustomer): void {
      customers.set(number, newCustomer(number, given));
    },
    edit(number: string, field: Field, value: string | null): void {
      write(number, field, value, { by: 'person', run: undefined });
    },
    /** Imports the rows as a snapshot; returns the number of the run and its counts. */
    import(rows: NightRow[], { edits, unreadable }: { edits: Edits; unreadable: boolean }) {
      const run = ++runs;
      const counts = { imported: 0, updated: 0, deactivated: 0, kept: 0 };
      const named = new Set<string>();
      for (const { number, wrong, ...given } of rows) {
        if (wrong && !customers.has(number)) continue;
        named.add(number);
        const isNew = !customers.has(number);
        if (isNew) {
          customers.set(number, newCustomer(number, given));
          counts.imported++;
        }
        if (!isNew && !wrong) {
          let changed = false;
          for (const field of [...fields, 'active'] as const) {
            const value = field === 'active' ? 'true' : given[field] === '' ? null : given[field];
            const found = valueOf(customers.get(number) as StoredCustomer, field);
            if (found === value) continue;
            const edit = edits === 'keep' ? editedFrom(number, field) : undefined;
            if (edit !== undefined && edit.base === value) {
              counts.kept++;
              continue;
            }
            write(number, field, value, { by: 'file', run });
            if (field !== 'phone') changed = true;
          }
          if (changed) counts.updated++;
        }
      }
      for (const number of named) {
        const member = members.get(number);
        if (member === undefined) members.set(number, { since: ++clock, droppedAt: undefined });
        else member.droppedAt = undefined;
      }
      if (unreadable) return { run, counts };
      for (const [number, member] of members) {
        if (named.has(number)) continue;
        const taken =
          member.droppedAt !== undefined && edits === 'keep' && isTakenUp(number, member.droppedAt);
        member.droppedAt ??= ++clock;
        if (!taken && write(number, 'active', 'false', { by: 'file', run })) counts.deactivated++;
      }
      return { run, counts };
    },
    /** The run is undone; `customers` is what is left then. */
    undo(run: number, left: StoredCustomer[]): void {
      undone.add(run);
      for (const customer of left) customers.set(customer.erp_customer_number as string, customer);
    },
  };
}

export type YearModel = ReturnType<typeof createYearModel>;

function newCustomer(number: string, { name, notes, city, phone }: ErpCustomer): StoredCustomer {
  return {
    erp_customer_number: number,
    name,
    email: null,
    default_currency: 'EUR',
    default_language: 'de-DE',
    billing_address: city === '' ? null : { city },
    shipping_address: null,
    notes: notes === '' ? null : notes,
    is_active: true,
    contacts: [
      {
        email: `k${number}@x.example`,
        name: null,
        phone: phone === '' ? null : phone,
        role: null,
        is_primary: false,
      },
    ],
  };
}
