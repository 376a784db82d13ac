import path from 'node:path';
import sql from 'sql-template-tag';
import type { Database } from '../src/store/connection/database.ts';
import { openDatabase } from '../src/store/connection/database.ts';
import type { ConnectionTarget } from '../src/store/connection/target.ts';
import { requireCustomer } from '../src/store/customers/customers.ts';
import { listCustomers } from '../src/store/search/list.ts';
import { requireOrganization } from '../src/store/orgs/organizations.ts';
import { requireCurrentSchema } from '../src/store/schema/status.ts';
import { searchCustomers } from '../src/store/search/search.ts';
import { families, randomNumbers, trades } from './generate-customers.ts';

/** What one kind of look-up takes of the server: all statements of the command, in milliseconds. */
export interface SearchTimes {
  customers: number;
  name: string;
  milliseconds: number[];
}

const queries = 200;

interface Customer {
  number: string;
  name: string;
  phone: string;
  email: string;
}

/**
 * Times 200 different look-ups of each kind in the org `bench` of the database. What is counted is the time from a
 * statement's sending to its answer, over the server's socket: a little more than the server's own.
 */
export async function measureSearch(target: ConnectionTarget, customers: number): Promise<SearchTimes[]> {
  const database = await openDatabase(target);
  const clock = timeStatements(database);
  const org = await requireOrganization(database, 'bench');
  const some = await someCustomers(database, org.id);
  const random = randomNumbers(7);
  const [texts, parts] = [commonTexts(), commonParts()];
  const kinds: Record<string, (customer: Customer, index: number) => Promise<unknown>> = {
    'show by ERP number': ({ number }) => requireCustomer(database, { org, ref: number }),
    'search: rare text': ({ number, name, phone, email }, index) =>
      search([number.replace(/^0+/, ''), name, phone, email][index % 4] as string),
    'search: a word of 8 %': (_customer, index) => search(texts[index] as string),
    'search: one typo': ({ name }) => search(mistyped(name, random)),
    'list --q, a word of 8 %': (_customer, index) =>
      listCustomers(database, { orgId: org.id, q: parts[index], page: 1, perPage: 50 }),
  };
  function search(text: string): Promise<unknown> {
    return searchCustomers(database, { orgId: org.id, text, limit: 20 });
  }
  const times: SearchTimes[] = [];
  for (const [name, lookUp] of Object.entries(kinds)) {
    const milliseconds: number[] = [];
    for (const [index, customer] of some.entries()) {
      clock.reset();
      // As each command does before it looks anything up.
      await requireCurrentSchema(database);
      await requireOrganization(database, 'bench');
      await lookUp(customer, index);
      milliseconds.push(clock.spent());
    }
    times.push({ customers, name, milliseconds });
    process.stderr.write(`${path.basename(target.database)}: ${name}: ${describe(milliseconds)}\n`);
  }
  await database.close();
  return times;
}

/** Adds up what the statements of a connection take. */
export function timeStatements(database: Database): { reset(): void; spent(): number } {
  const { client } = database;
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  let spent = 0;
  Object.assign(client, {
    async query(...args: unknown[]) {
      const started = performance.now();
      try {
        return await query(...args);
      } finally {
        spent += performance.now() - started;
      }
    },
  });
  return { reset: () => (spent = 0), spent: () => spent };
}

async function someCustomers(database: Database, orgId: string): Promise<Customer[]> {
  return database.query<Customer>(sql`
    select customer.erp_customer_number as number, customer.name, contact.phone, contact.email
    from customer
    join customer_contact as contact
      on contact.org_id = customer.org_id
      and contact.customer_id = customer.id
    where customer.org_id = ${orgId}
    order by md5(customer.erp_customer_number)
    limit ${queries}`);
}

function commonWords(): string[] {
  return [...new Set(trades.flatMap((trade) => trade.match(/\p{L}+/gu) ?? []))];
}

/** Words that many customers share, alone and with another of that kind, in several spellings: all different. */
function commonTexts(): string[] {
  const words = commonWords();
  const alone = words.flatMap((word) => [word, word.toLowerCase(), word.toUpperCase(), word.slice(0, -1)]);
  const together = words.flatMap((word, index) =>
    families.map((family) => (index % 2 === 0 ? `${word} ${family}` : `${family} ${word.toLowerCase()}`)),
  );
  return different([...alone.slice(0, queries / 2), ...spread(together)]);
}

/** Beginnings, ends and middles of such words: all different. */
function commonParts(): string[] {
  const words = commonWords();
  const parts = words.flatMap((word) =>
    Array.from({ length: Math.max(1, word.length - 3) }, (_, cut) => [
      word.slice(cut),
      word.slice(0, word.length - cut),
      word.slice(cut).toUpperCase(),
      word.slice(0, word.length - cut).toLowerCase(),
    ]).flat(),
  );
  return different(spread(parts));
}

/** From all over the list, not from its beginning. */
function spread(texts: string[]): string[] {
  const step = 37;
  return Array.from({ length: step }, (_, first) => texts.filter((_text, at) => at % step === first)).flat();
}

function different(texts: string[]): string[] {
  const found = [...new Set(texts)].slice(0, queries);
  if (found.length < queries) throw new Error(`only ${found.length} different texts`);
  return found;
}

/** The name with a letter of one of its words left out, doubled, swapped or wrong. */
function mistyped(name: string, random: () => number): string {
  const words = name.split(' ');
  const long = words.flatMap((word, index) => (/^\p{L}{5,}$/u.test(word) ? [index] : []));
  const which = long[Math.floor(random() * long.length)] ?? 0;
  const word = words[which] as string;
  const at = 1 + Math.floor(random() * (word.length - 2));
  const letter = word[at] as string;
  words[which] = [
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + letter + word.slice(at),
    `${word.slice(0, at)}${word[at + 1]}${letter}${word.slice(at + 2)}`,
    `${word.slice(0, at)}x${word.slice(at + 1)}`,
  ][Math.floor(random() * 4)] as string;
  return words.join(' ');
}

function describe(milliseconds: number[]): string {
  const [median, most] = [quantile(milliseconds, 0.5), quantile(milliseconds, 0.95)];
  return `${median.toFixed(1)} ms, 95 % under ${most.toFixed(1)} ms`;
}

function quantile(numbers: number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function searchTable(times: SearchTimes[]): string {
  const lines = times.map(
    ({ customers, name, milliseconds }) =>
      `| ${customers.toLocaleString('en')} | ${name} | ${quantile(milliseconds, 0.5).toFixed(1)} | ${quantile(milliseconds, 0.95).toFixed(1)} |`,
  );
  return ['| customers | statements of | ms, median | ms, 95 % |', '|---:|---|---:|---:|', ...lines].join(
    '\n',
  );
}
