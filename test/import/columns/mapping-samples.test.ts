import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseMapping, readMapping } from '../../../src/import/columns/mapping-file.ts';
import { readCustomers } from '../read-customers.ts';

async function readSample(name: string) {
  const mapping = await readMapping(`samples/mappings/${name}.yaml`, { cwd: '.' });
  return readCustomers({ file: `samples/mappings/${name}.csv` }, { mapping });
}

test('every mapping has a sample, and every sample a mapping', async () => {
  const names = await readdir('samples/mappings');
  const systems = ['business-central', 'datev-debitoren', 'odoo', 'sage-100', 'sap-kna1', 'shopify'];
  expect(names.toSorted()).toEqual(systems.flatMap((name) => [`${name}.csv`, `${name}.yaml`]));
});

test('DATEV: the name of whichever kind, and no creditors', async () => {
  const { customers, rejects, tally } = await readSample('datev-debitoren');
  expect(rejects).toEqual([]);
  expect(tally).toMatchObject({ rows: 4, skipped: 1, contacts: 0 });
  expect(customers).toEqual([
    {
      erp_customer_number: '10001',
      name: 'Möbelwerk Süd GmbH',
      email: 'post@moebelwerk-sued.example',
      default_currency: 'EUR',
      default_language: 'de-DE',
      billing_address: {
        street: 'Am Bahnhof 7',
        street2: 'Halle 3',
        postal_code: '88212',
        city: 'Ravensburg',
        country: 'DE',
      },
    },
    expect.objectContaining({ erp_customer_number: '10002', name: 'Jörg Grünwald' }),
    expect.objectContaining({ erp_customer_number: '10003', name: 'Stadtkasse Beispielstadt' }),
    expect.objectContaining({ erp_customer_number: '10004', name: 'Gasthof "Zur Post" OG' }),
  ]);
  expect(customers[1]).toMatchObject({ billing_address: { postal_code: '01067' } });
});

test('SAP KNA1: numbers keep their zeros, languages become tags, a flag for deletion makes inactive', async () => {
  const { customers, rejects, warnings } = await readSample('sap-kna1');
  expect([rejects, warnings]).toEqual([[], []]);
  expect(customers).toEqual([
    {
      erp_customer_number: '0000100001',
      name: 'Brückner Maschinenbau GmbH & Co. KG',
      default_currency: 'EUR',
      default_language: 'de',
      is_active: 'true',
      billing_address: {
        street: 'Industriestr. 14',
        postal_code: '86150',
        city: 'Augsburg',
        state: '09',
        country: 'DE',
      },
    },
    expect.objectContaining({ name: 'Müller & Töchter AG', is_active: 'true' }),
    expect.objectContaining({ name: 'Société Lumière', default_language: 'fr' }),
    expect.objectContaining({ name: 'Altkunde e.K.', is_active: 'false' }),
  ]);
});

test('Sage 100: two address uses from one address, debtors only, -1 for true', async () => {
  const { customers, rejects, tally } = await readSample('sage-100');
  const address = { street: 'Sägewerkgasse 1', postal_code: '6020', city: 'Innsbruck', country: 'AT' };
  expect(rejects).toEqual([]);
  expect(tally).toMatchObject({ rows: 3, skipped: 1 });
  expect(customers).toEqual([
    expect.objectContaining({
      erp_customer_number: 'D10001',
      name: 'Özdemir Feinkost Inh. Ayşe Özdemir',
      default_currency: 'EUR',
      default_language: 'de-DE',
      is_active: 'true',
    }),
    expect.objectContaining({ name: 'Alpenholz GmbH', billing_address: address, shipping_address: address }),
    expect.objectContaining({ name: 'Uhrenatelier Bühler', default_currency: 'CHF', is_active: 'false' }),
  ]);
});

test('Business Central: blank codes mean the company’s own, and a contact without email is left out', async () => {
  const { customers, rejects, tally } = await readSample('business-central');
  expect(rejects).toEqual([]);
  expect(tally).toMatchObject({ rows: 4, contacts: 2 });
  expect(customers).toEqual([
    {
      erp_customer_number: 'D00010',
      name: 'Fjord Design A/S',
      email: 'freja@fjord-design.example',
      default_currency: 'DKK',
      default_language: 'da-DK',
      is_active: 'true',
      billing_address: {
        street: 'Havnegade 12',
        street2: '2. th.',
        postal_code: '8000',
        city: 'Aarhus',
        country: 'DK',
      },
      contact_email: 'freja@fjord-design.example',
      contact_name: 'Freja Sørensen',
      contact_phone: '+45 55 55 01 00',
    },
    expect.objectContaining({
      name: 'Nordlicht Leuchten GmbH',
      default_currency: 'EUR',
      contact_name: 'Ümit Kaya',
    }),
    expect.not.objectContaining({ contact_phone: expect.anything() }),
    expect.objectContaining({ name: 'Stillgelegt KG', default_language: 'de-DE', is_active: 'false' }),
  ]);
});

test('Odoo: companies without the persons below them', async () => {
  const { customers, rejects, tally } = await readSample('odoo');
  expect(rejects).toEqual([]);
  expect(tally).toMatchObject({ rows: 3, skipped: 1 });
  expect(customers).toEqual([
    expect.objectContaining({ erp_customer_number: 'C-0041', default_language: 'fr-BE', is_active: 'true' }),
    expect.objectContaining({
      name: 'Grüne Kiste eG',
      billing_address: {
        street: 'Hofweg 9',
        street2: 'Tor 2',
        postal_code: '06108',
        city: 'Halle (Saale)',
        state: 'Sachsen-Anhalt',
        country: 'DE',
      },
    }),
    expect.objectContaining({ name: 'Old Mill Books', is_active: 'false' }),
  ]);
});

test('Shopify: the apostrophes go, the company is the name where there is one', async () => {
  const { customers, rejects } = await readSample('shopify');
  expect(rejects).toEqual([]);
  expect(customers).toEqual([
    {
      erp_customer_number: '6801234567001',
      name: 'Käthe Böhm',
      email: 'kaethe.boehm@mail.example',
      default_currency: 'EUR',
      default_language: 'de-DE',
      notes: 'Ruft gern an,\nam liebsten vormittags',
      billing_address: { street: 'Gartenstraße 5', postal_code: '01067', city: 'Rostock', country: 'DE' },
      contact_email: 'kaethe.boehm@mail.example',
      contact_name: 'Käthe Böhm',
      contact_phone: '+49381555001',
    },
    expect.objectContaining({
      name: 'Papeterie Girard',
      contact_name: 'Noël Girard',
      contact_phone: '+41225550102',
    }),
    expect.not.objectContaining({ contact_name: expect.anything() }),
  ]);
});

test('the mapping that the import guide shows is one', async () => {
  const guide = await readFile('docs/import-guide.md', 'utf8');
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
  const mapping = parseMapping(example, 'example.yaml');
  expect(mapping.columns['E-Mail']).toEqual({ fields: ['email', 'contact_email'], optional: false });
  expect(mapping.skip).toHaveLength(3);
});
