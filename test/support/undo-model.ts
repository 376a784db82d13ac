import type { StoredContact, StoredCustomer } from './import.ts';

/*
 * What an undo leaves, told from three states of an organization alone: before the run, after it, and now. It knows
 * nothing of the log.
 */

const plain = ['name', 'email', 'default_currency', 'default_language', 'notes', 'is_active'] as const;
const sides = ['billing_address', 'shipping_address'] as const;
const contactFields = ['name', 'phone', 'role'] as const;

export function modelUndo(
  before: StoredCustomer[],
  after: StoredCustomer[],
  now: StoredCustomer[],
): StoredCustomer[] {
  return now.map((customer) => {
    const was = sameNumber(before, customer);
    const made = sameNumber(after, customer);
    if (made === undefined) return customer;
    if (was === undefined) {
      return isSame(made, customer) ? { ...customer, is_active: false } : customer;
    }
    return undoCustomer(was, made, customer);
  });
}

function sameNumber(customers: StoredCustomer[], { erp_customer_number: number }: StoredCustomer) {
  return customers.find((customer) => customer.erp_customer_number === number);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The value from before, where the run has changed it and it is still as the run left it. */
function back<Value>(was: Value, made: Value, now: Value): Value {
  return was !== made && now === made ? was : now;
}

function undoCustomer(was: StoredCustomer, made: StoredCustomer, now: StoredCustomer): StoredCustomer {
  const undone: Record<string, unknown> = { ...now };
  for (const field of plain) undone[field] = back<unknown>(was[field], made[field], now[field]);
  for (const side of sides) {
    const parts = new Set([was, made, now].flatMap((customer) => Object.keys(customer[side] ?? {})));
    const address = [...parts]
      .map((part) => [part, back(was[side]?.[part], made[side]?.[part], now[side]?.[part])] as const)
      .filter(([, value]) => value !== undefined);
    undone[side] = address.length === 0 ? null : Object.fromEntries(address);
  }
  return { ...(undone as unknown as StoredCustomer), contacts: undoContacts(was, made, now) };
}

function of(customer: StoredCustomer, email: string): StoredContact | undefined {
  return customer.contacts.find((contact) => contact.email === email);
}

function undoContacts(was: StoredCustomer, made: StoredCustomer, now: StoredCustomer): StoredContact[] {
  const contacts = new Map(now.contacts.map((contact) => [contact.email, { ...contact }]));
  /** Those of whom this undo has taken the choice of the run back. */
  const steppedBack = new Set<string>();
  for (const { email } of now.contacts) {
    const [old, left, current] = [of(was, email), of(made, email), of(now, email)];
    const undone = contacts.get(email);
    if (left === undefined || current === undefined || undone === undefined) continue;
    if (old === undefined) {
      if (!isSame(left, current)) continue;
      contacts.delete(email);
      steppedBack.add(email);
      continue;
    }
    for (const field of contactFields) undone[field] = back(old[field], left[field], current[field]);
    if (!old.is_primary && left.is_primary && current.is_primary) {
      undone.is_primary = false;
      steppedBack.add(email);
    }
  }
  for (const old of was.contacts) {
    if (of(made, old.email) === undefined && !contacts.has(old.email) && of(now, old.email) === undefined) {
      contacts.set(old.email, { ...old, is_primary: false });
    }
  }
  const chosen = made.contacts.find(
    (contact) => contact.is_primary && of(was, contact.email)?.is_primary !== true,
  );
  const former = was.contacts.find(
    (contact) => contact.is_primary && of(made, contact.email)?.is_primary !== true,
  );
  const again = former === undefined ? undefined : contacts.get(former.email);
  const isOpen = ![...contacts.values()].some((contact) => contact.is_primary);
  // One that was removed and is there again was added by somebody else.
  const isOwn =
    former !== undefined && (of(made, former.email) !== undefined || of(now, former.email) === undefined);
  if (again !== undefined && isOpen && isOwn && (chosen === undefined || steppedBack.has(chosen.email))) {
    again.is_primary = true;
  }
  return [...contacts.values()].toSorted((one, other) => (one.email < other.email ? -1 : 1));
}
