import { resolveByEmail } from './import-model-match.ts';
import type { StoredContact, StoredCustomer } from './import.ts';

/*
 * What an import is to do, in plain code and without any thought of speed: one row after the other, nothing of the
 * tool's own. Values are as the file has them; only what tests generate is understood.
 */

export type ModelRow = Partial<Record<ModelColumn, string>>;

export const modelColumns = [
  'name',
  'default_currency',
  'default_language',
  'erp_customer_number',
  'email',
  'notes',
  'is_active',
  'billing_city',
  'billing_street',
  'shipping_country',
  'contact_email',
  'contact_name',
  'contact_role',
  'contact_is_primary',
] as const;
export type ModelColumn = (typeof modelColumns)[number];

export interface ModelFile {
  columns: ModelColumn[];
  rows: ModelRow[];
  blank: 'clear' | 'keep';
  match?: 'email' | undefined;
}

export interface ModelCounts {
  rows: number;
  imported: number;
  updated: number;
  unchanged: number;
  superseded: number;
  failed: number;
  contacts: { imported: number; updated: number; unchanged: number };
}

/** A row as it is understood: blank is undefined. */
type Said = Partial<Record<ModelColumn, string>> & {
  row: number;
  key?: string | undefined;
  customer?: StoredCustomer | undefined;
};

const lowerCase = new Set<ModelColumn>(['email', 'contact_email']);
const flag = (text: string | undefined) => (text === undefined ? undefined : text === 'yes');

/** Does to `customers` (in the order in which they were made) what importing `file` is to do; returns the counts. */
export function modelImport(customers: StoredCustomer[], file: ModelFile): ModelCounts {
  const has = (column: ModelColumn) => file.columns.includes(column);
  const said = file.rows.map((cells, index): Said => {
    const values = file.columns.map((column) => {
      const text = (cells[column] ?? '').trim();
      return [column, text === '' ? undefined : lowerCase.has(column) ? text.toLowerCase() : text];
    });
    return { row: index + 2, ...Object.fromEntries(values) };
  });
  const sound = said.filter(
    ({ name, default_currency: currency }) => name !== undefined && currency !== 'EURX',
  );
  const accepted =
    file.match === 'email'
      ? resolveByEmail(customers, sound, file.blank).resolved
      : sound.map((row): Said => ({ ...row, key: row.erp_customer_number }));
  const counts: ModelCounts = {
    rows: said.length,
    imported: 0,
    updated: 0,
    unchanged: 0,
    superseded: 0,
    failed: said.length - accepted.length,
    contacts: { imported: 0, updated: 0, unchanged: 0 },
  };

  // Rows of one customer: one ERP number, or without one all that they say, is_active apart.
  const groups = new Map<string, Said[]>();
  for (const row of accepted) {
    const { row: _row, is_active: _active, key: _key, customer: _customer, ...identity } = row;
    const key = row.key ?? `without ${JSON.stringify(identity)}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const standing = [...customers];
  const fresh: { customer: StoredCustomer; last: Said }[] = [];
  const activeBefore = new Map(customers.map((customer) => [customer, customer.is_active]));
  /** Of each customer that rows without a number mean: the last of them, which says whether it is active. */
  const meantLast = new Map<StoredCustomer, Said>();
  const means = (row: Said, customer: StoredCustomer) => {
    if (row.row > (meantLast.get(customer)?.row ?? 0)) meantLast.set(customer, row);
  };

  // A column that is blank throughout says nothing.
  const activeSaid = said.some((row) => row.is_active !== undefined);
  const wantedActive = (row: Said, before: boolean | undefined): boolean => {
    if (!has('is_active')) return true;
    if (!activeSaid && file.blank === 'clear') return true;
    if (row.is_active === undefined) return file.blank === 'keep' ? (before ?? true) : false;
    return row.is_active === 'yes';
  };
  const wanted = (value: string | undefined, before: string | null, blank = file.blank): string | null =>
    value ?? (blank === 'keep' ? before : null);

  const numbered = [...groups.values()].filter(([first]) => first?.key !== undefined);
  const unnumbered = [...groups.values()]
    .filter(([first]) => first?.key === undefined)
    .toSorted((one, other) => lastOf(one).row - lastOf(other).row);

  for (const rows of numbered) {
    const last = lastSaid(rows);
    counts.superseded += rows.length - 1;
    const found =
      file.match === 'email'
        ? last.customer
        : standing.find(({ erp_customer_number: number }) => number === last.erp_customer_number);
    const customer = found ?? blankCustomer(last.erp_customer_number ?? null);
    if (found === undefined) fresh.push({ customer, last });
    const before = JSON.stringify(withoutContacts(customer));
    customer.erp_customer_number = last.erp_customer_number ?? customer.erp_customer_number;
    writeFields(customer, last);
    customer.is_active = wantedActive(last, found?.is_active);
    if (found !== undefined) {
      if (JSON.stringify(withoutContacts(customer)) === before) counts.unchanged++;
      else counts.updated++;
    }
    writeContacts(customer, rows);
  }

  // Several rows without a number may mean one customer.
  const meant = new Map<Said[], StoredCustomer>();
  const taken = new Set(accepted.flatMap(({ customer }) => customer ?? []));
  for (const rows of unnumbered) {
    const last = lastOf(rows);
    counts.superseded += rows.length - 1;
    const fitting = standing.filter(
      (customer) => customer.erp_customer_number === null && !taken.has(customer) && saysSame(customer, last),
    );
    const exact = fitting.filter((customer) => isExact(customer, last));
    const first = exact.length > 0 ? exact : fitting;
    const asWanted = first.find((customer) => {
      const before = activeBefore.get(customer) as boolean;
      return before === wantedActive(last, before);
    });
    const found = asWanted ?? first[0];
    if (found !== undefined) meant.set(rows, found);
  }
  // Those that differ in their contact alone are one customer: the one that another of them means, or a new one.
  const alike = new Map<string, Said[][]>();
  for (const rows of unnumbered) {
    const own = ownFieldsOf(lastOf(rows));
    alike.set(own, [...(alike.get(own) ?? []), rows]);
  }
  const joined = new Set<Said[]>();
  for (const same of alike.values()) {
    const left = same.filter((rows) => !meant.has(rows)).map((rows) => lastOf(rows));
    if (left.length === 0) continue;
    const fitting = same.filter((rows) => meant.has(rows));
    const exact = fitting.filter((rows) => isExact(meant.get(rows) as StoredCustomer, lastOf(rows)));
    const known = new Set((exact.length > 0 ? exact : fitting).map((rows) => meant.get(rows)));
    const [only] = known;
    if (only !== undefined && known.size === 1) {
      counts.unchanged += same.length;
      // All of them say what its contacts are to be, in the order of the file.
      for (const rows of same) joined.add(rows);
      writeContacts(only, same.map(lastOf));
      means(lastOf(lastOf(same)), only);
      continue;
    }
    const last = lastOf(left);
    const customer = blankCustomer(null);
    counts.superseded += left.length - 1;
    fresh.push({ customer, last });
    writeFields(customer, last);
    customer.is_active = wantedActive(last, undefined);
    writeContacts(customer, left);
  }
  for (const [rows, found] of meant) {
    if (joined.has(rows)) continue;
    const last = lastOf(rows);
    means(last, found);
    counts.unchanged++;
    if (last.contact_email !== undefined) counts.contacts.unchanged++;
  }
  for (const [customer, last] of meantLast) {
    customer.is_active = wantedActive(last, activeBefore.get(customer));
    if (customer.is_active === activeBefore.get(customer)) continue;
    counts.updated++;
    counts.unchanged--;
  }
  counts.imported = fresh.length;
  // New ones are made in the order of their contacts' emails, which tells later which one is older.
  const order = ({ last }: { last: Said }) =>
    [last.contact_email ?? '\uffff', String(last.row).padStart(9, '0')].join('\0');
  customers.push(
    ...fresh.toSorted((one, other) => (order(one) < order(other) ? -1 : 1)).map(({ customer }) => customer),
  );
  return counts;

  function writeFields(customer: StoredCustomer, row: Said, blank = file.blank): void {
    customer.name = row.name as string;
    customer.default_currency = row.default_currency as string;
    customer.default_language = row.default_language as string;
    if (has('email')) {
      const email = wanted(row.email, customer.email, blank);
      // Case alone is no difference.
      if (email?.toLowerCase() !== customer.email?.toLowerCase()) customer.email = email;
    }
    if (has('notes')) customer.notes = wanted(row.notes, customer.notes, blank);
    for (const side of ['billing', 'shipping'] as const) {
      const given = file.columns.filter((column) => column.startsWith(`${side}_`));
      if (given.length === 0) continue;
      const address: Record<string, unknown> = { ...customer[`${side}_address`] };
      for (const column of given) {
        const part = column.slice(side.length + 1);
        const value = wanted(row[column], (address[part] as string | undefined) ?? null, blank);
        if (value === null) delete address[part];
        else address[part] = value;
      }
      customer[`${side}_address`] = Object.keys(address).length === 0 ? null : sorted(address);
    }
  }

  function writeContacts(customer: StoredCustomer, rows: Said[]): void {
    const naming = rows.filter(({ contact_email: email }) => email !== undefined);
    const emails = [...new Set(naming.map(({ contact_email: email }) => email as string))];
    const before = new Map(customer.contacts.map((contact) => [contact.email, { ...contact }]));
    /** The last row that says yes or no of each contact; of those that say yes the last one wins. */
    const claims = new Map<string, { row: number; primary: boolean }>();
    for (const { contact_email: email, contact_is_primary: text, row } of naming) {
      const primary = flag(text);
      if (primary !== undefined) claims.set(email as string, { row, primary });
    }
    const winner = [...claims]
      .filter(([, { primary }]) => primary)
      .toSorted(([, one], [, other]) => other.row - one.row)[0]?.[0];
    for (const email of emails) {
      const last = lastSaid(naming.filter((row) => row.contact_email === email));
      const stood = before.get(email);
      const contact: StoredContact = stood ?? {
        email,
        name: null,
        phone: null,
        role: null,
        is_primary: false,
      };
      const next = { ...contact };
      if (has('contact_name')) next.name = wanted(last.contact_name, contact.name);
      if (has('contact_role')) next.role = wanted(last.contact_role, contact.role);
      if (claims.has(email)) next.is_primary = email === winner;
      if (stood === undefined) counts.contacts.imported++;
      else if (JSON.stringify(next) === JSON.stringify(contact)) counts.contacts.unchanged++;
      else counts.contacts.updated++;
      customer.contacts = [...customer.contacts.filter((other) => other.email !== email), next];
    }
    if (winner !== undefined)
      for (const contact of customer.contacts) contact.is_primary = contact.email === winner;
    customer.contacts.sort((one, other) => (one.email < other.email ? -1 : 1));
  }

  /** What the last row says; with `--blank keep`, and where it is blank, what those before it do. */
  function lastSaid(rows: Said[]): Said {
    const last = lastOf(rows);
    if (file.blank === 'clear' || last.key === undefined) return last;
    const values = rows.flatMap((row) => Object.entries(row).filter(([, value]) => value !== undefined));
    return { ...last, ...Object.fromEntries(values) };
  }

  /** Whether the customer has what the row says, and nothing where the row is blank. */
  function isExact(customer: StoredCustomer, row: Said): boolean {
    const copy = structuredClone(customer);
    writeFields(copy, row, 'clear');
    return JSON.stringify(copy) === JSON.stringify(customer);
  }

  /** Whether everything that the row says holds of the customer, is_active apart. */
  function saysSame(customer: StoredCustomer, row: Said): boolean {
    const copy = structuredClone(customer);
    writeFields(copy, row);
    if (JSON.stringify(copy) !== JSON.stringify(customer)) return false;
    if (row.contact_email === undefined) return true;
    const contact = customer.contacts.find(({ email }) => email === row.contact_email);
    if (contact === undefined) return false;
    const primary = flag(row.contact_is_primary);
    return (
      (!has('contact_name') || wanted(row.contact_name, contact.name) === contact.name) &&
      (!has('contact_role') || wanted(row.contact_role, contact.role) === contact.role) &&
      (primary === undefined || primary === contact.is_primary)
    );
  }
}

/** All that a row says of the customer itself, is_active apart. */
function ownFieldsOf({
  row: _row,
  is_active: _active,
  key: _key,
  customer: _customer,
  ...fields
}: Said): string {
  return JSON.stringify(Object.entries(fields).filter(([column]) => !column.startsWith('contact_')));
}

function lastOf<Each>(rows: Each[]): Each {
  return rows.at(-1) as Each;
}

function blankCustomer(number: string | null): StoredCustomer {
  return {
    erp_customer_number: number,
    name: '',
    email: null,
    default_currency: '',
    default_language: '',
    billing_address: null,
    shipping_address: null,
    notes: null,
    is_active: true,
    contacts: [],
  };
}

function withoutContacts({
  contacts: _contacts,
  ...customer
}: StoredCustomer): Omit<StoredCustomer, 'contacts'> {
  return customer;
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
