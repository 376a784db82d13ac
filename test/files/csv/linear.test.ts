import { describe, expect, test } from 'vitest';
import { parseMapping } from '../../../src/import/columns/mapping-file.ts';
import { looksLikeData } from '../../../src/files/cell-kinds.ts';
import { parseSlug } from '../../../src/model/organization.ts';
import { parseConnectionString } from '../../../src/store/connection/connection-string.ts';
import { readCustomers } from '../../import/read-customers.ts';
import { processorTime } from '../../support/processor-time.ts';

/* A long cell, made to be nearly what an expression looks for, takes no longer than any other. */

const size = 100_000;
/** Milliseconds of processor time for what takes about 1,000; with the square of the length it would be 60,000 and more. */
const bound = 15_000;

const beginnings = ['', '"', '-', '+49 ', 'mailto:', '=', "'", '1', '(', '0', 'x-', 'de-', '#'];
const repeated = [
  'a',
  '1',
  ' ',
  '-',
  '.',
  ',',
  '@',
  "'",
  '=',
  '\u00a0',
  'é',
  'Ã¼',
  '\u0301',
  '\u200b',
  '😀',
].concat('a@. x@x. a. 1. 1, 12: a- -a a1 () 1e http://'.split(' '), ['1 ', ' a', '. ']);
const endings = ['', ' x', '!', '@', '\ufffd'];
const columns = [
  'name,default_currency,default_language,erp_customer_number,email,is_active,notes',
  'billing_street,billing_postal_code,billing_country,contact_email,contact_phone,contact_is_primary',
].flatMap((names) => names.split(','));

describe.each(repeated.map((part) => [JSON.stringify(part), part] as const))(
  '%s, over and over',
  (_name, part) => {
    const long = (begin: string, end: string) =>
      `${begin}${part.repeat(Math.floor(size / part.length) - 10)}${end}`;

    test('in every cell', async () => {
      const started = processorTime();
      for (const [index, end] of endings.entries()) {
        const begin = beginnings[(index * 3 + part.length) % beginnings.length] ?? '';
        const cell = long(begin, end).replaceAll('"', '""');
        const { tally } = await readCustomers({
          text: `${columns.join(';')}\n${columns.map(() => `"${cell}"`).join(';')}\n`,
        });
        expect(tally.rows).toBe(1);
      }
      expect(processorTime() - started).toBeLessThan(bound);
    });

    test('in the header, in a mapping, in a connection', async () => {
      const started = processorTime();
      for (const end of endings) {
        const text = long('', end);
        const outcomes: (() => unknown)[] = [
          () =>
            readCustomers({
              text: `name;default_currency;default_language;"${text.replaceAll('"', '""')}"\na;EUR;de;b\n`,
            }),
          () => readCustomers({ text: `${text}\n${text}\n` }),
          () => parseMapping(`columns:\n  ${JSON.stringify(text)}: name\n`, 'mapping.yaml'),
          () => parseMapping(text, 'mapping.yaml'),
          () => looksLikeData([text, 'b'], [[text, 'b']]),
          () => parseSlug(text),
          () => parseConnectionString(text),
          () => parseConnectionString(`postgres://${text}`),
        ];
        for (const outcome of outcomes)
          await Promise.resolve()
            .then(outcome)
            .catch(() => {});
      }
      expect(processorTime() - started).toBeLessThan(bound);
    });
  },
);
