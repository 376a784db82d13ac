import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { startTerminal } from '../support/terminal.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { buildTool } from '../support/tool.ts';
import { clearLine, ctrlC, down, enter } from '../support/typing.ts';

const backspace = '\x7f';
const escape = '\x1b';

let server: TestDatabase;
let database: Database;
let acme: Organization;
let directory: ThrowAwayDirectory;
beforeAll(async () => {
  await buildTool();
  directory = await throwAwayDirectory();
  server = await testDatabase();
  database = await server.open();
  acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  for (const [name, number, city] of [
    ['Müller Bau', '1', 'Köln'],
    ['Müller Glas', '2', 'Köln'],
    ['Müller Holz', '3', 'Bonn'],
  ] as const) {
    await insertCustomer(database, acme, {
      name,
      erp_customer_number: number,
      billing_address: { city },
      notes: number === '3' ? 'Rampe\n'.repeat(60).trim() : null,
    });
  }
});
afterAll(async () => {
  await server.close();
  await directory.remove();
});

function searching(flags = '') {
  return startTerminal(`exec orderflow-customers search --org acme ${flags}`, {
    cwd: directory.path,
    columns: 120,
    env: { ORDERFLOW_DATABASE_URL: server.url },
  });
}

const below = 'back to the results';

test('Enter shows, e edits, a adds a contact, backspace goes back to the results and the place in them', async () => {
  const live = searching();
  await live.step('Customer:', 'muller');
  await live.step('Müller Holz', down, enter);
  await live.step(below, 'e');
  await live.step('Which field?', down, enter);
  await live.step('name:', clearLine, 'Müller Glas AG', enter);
  await live.step('Which field?', enter);
  await live.step(below, 'a');
  await live.step('Email:', 'anna@glas.example', enter);
  await live.step('Name (optional):', 'Anna Glas', enter);
  await live.step('Phone (optional):', enter);
  await live.step('Role (optional):', enter);
  await live.step(below, backspace);
  // What was typed is there, and so is the customer that was taken.
  await live.step('❯ 2  Müller Glas AG', down, enter);
  // Longer than the terminal: through the pager, and back.
  await live.step('Rampe', 'q');
  await live.step(below, escape);
  expect(await live.ended).toBe(0);
  const contact = await database.query(sql`
    select customer.name, contact.email, contact.name as contact, contact.phone, contact.role
    from customer
    join customer_contact as contact
      on contact.org_id = customer.org_id
      and contact.customer_id = customer.id
    where customer.org_id = ${acme.id}`);
  expect(contact).toEqual([
    { name: 'Müller Glas AG', email: 'anna@glas.example', contact: 'Anna Glas', phone: null, role: null },
  ]);
});

test('a refused change is reported, and the search continues', async () => {
  const live = searching('--city Köln');
  await live.step('Customer:', 'muller bau');
  await live.step('Müller Bau', enter);
  await live.step(below, 'e');
  await live.step('Which field?', down.repeat(2), enter);
  await live.step('erp_customer_number:', clearLine, '2', enter);
  await live.step('Which field?', enter);
  await live.step('error:');
  await live.step(below, 'q', 'x', escape);
  expect(await live.ended).toBe(0);
});

test('Ctrl-C ends it where a key is asked for', async () => {
  const live = searching();
  await live.step('Customer:', 'muller bau');
  await live.step('Müller Bau', enter);
  await live.step(below, ctrlC);
  expect(await live.ended).toBe(130);
});
