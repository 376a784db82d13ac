import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** The 18 columns of a generated file: what a wholesaler's ERP typically exports, one contact each. */
export const generatedColumns = [
  'erp_customer_number',
  'name',
  'email',
  'default_currency',
  'default_language',
  'billing_street',
  'billing_city',
  'billing_postal_code',
  'billing_country',
  'shipping_street',
  'shipping_city',
  'shipping_postal_code',
  'shipping_country',
  'contact_email',
  'contact_name',
  'contact_phone',
  'contact_role',
  'contact_is_primary',
] as const;

export const trades = [
  'Bäckerei',
  'Großhandel',
  'Metallbau',
  'Müller & Söhne',
  'Getränke',
  'Elektro',
  'Holzhandel',
  'Technik',
  'Papeterie',
  'Sanitär',
  'Landhandel',
  'Werkzeug',
];
export const families = [
  'Huber',
  'Weiß',
  'Schneider',
  'Müller',
  'Wagner',
  'Gruber',
  'Brändli',
  'Fischer',
  'Keller',
  'Jäger',
  'Hofer',
  'Zürcher',
  'Lang',
  'Böhm',
  'Vogt',
  'König',
];
export const given = ['Anna', 'Jürgen', 'Bärbel', 'Max', 'Sophie', 'Günther', 'Lena', 'Reto', 'Urs', 'Eva'];
const forms = ['GmbH', 'AG', 'KG', 'e.K.', 'GmbH & Co. KG'];
const roles = ['Einkauf', 'Buchhaltung', 'Geschäftsführung', 'Lager'];
const places = [
  ['Wien', 'AT', 'EUR', 'de-AT', 4],
  ['Zürich', 'CH', 'CHF', 'de-CH', 4],
  ['München', 'DE', 'EUR', 'de-DE', 5],
  ['Köln', 'DE', 'EUR', 'de-DE', 5],
  ['Graz', 'AT', 'EUR', 'de-AT', 4],
  ['Genève', 'CH', 'CHF', 'fr-CH', 4],
  ['Berlin', 'DE', 'EUR', 'de-DE', 5],
  ['Lübeck', 'DE', 'EUR', 'de-DE', 5],
] as const;

/** A small, seeded generator (mulberry32), so that a file of a size is the same file every time. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function pick<Value>(values: readonly Value[], random: () => number): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

const plain = (text: string) =>
  text
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss')
    .replaceAll(/[^a-z0-9]+/g, '');

/**
 * One CSV line for each customer 1 … `customers`. Every `changeEvery`-th customer has another street than
 * in the file without changes; ERP numbers come in an order of their own, as exports do (a permutation).
 */
export function* generatedLines(customers: number, changeEvery = 0): Generator<string> {
  yield `${generatedColumns.join(',')}\n`;
  const random = randomNumbers(42);
  for (let number = 1; number <= customers; number++) {
    const [city, country, currency, language, digits] = pick(places, random);
    const family = pick(families, random);
    const trade = pick(trades, random);
    const form = pick(forms, random);
    const first = pick(given, random);
    const house = 1 + Math.floor(random() * 180);
    const postalCode = String(Math.floor(random() * 10 ** digits)).padStart(digits, '0');
    const domain = `${plain(trade)}-${plain(family)}-${number}.example`;
    const changed = changeEvery > 0 && number % changeEvery === 0;
    const street = `${family}straße ${house}${changed ? ' a' : ''}`;
    yield (
      `${String(number).padStart(8, '0')},"${trade} ${family} ${number} ${form}",office@${domain},${currency},${language},` +
      `${street},${city},${postalCode},${country},Industriestraße ${house},${city},${postalCode},${country},` +
      `${plain(first)}.${plain(family)}@${domain},${first} ${family},+43 1 ${100000 + Math.floor(random() * 900000)},${pick(roles, random)},true\n`
    );
  }
}

/** Writes a generated file and returns its path. */
export async function writeGeneratedFile(path: string, customers: number, changeEvery = 0): Promise<string> {
  const file = createWriteStream(path);
  let text = '';
  for (const line of generatedLines(customers, changeEvery)) {
    text += line;
    if (text.length > 1 << 20) {
      if (!file.write(text)) await once(file, 'drain');
      text = '';
    }
  }
  file.end(text);
  await finished(file);
  return path;
}
