import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openCustomerFile } from '../../src/import/customer-file.ts';
import { openSource } from '../../src/files/source.ts';
import { failureOf } from '../files/csv/pieces.ts';
import { readCustomers } from './read-customers.ts';

const header = 'name,default_currency,default_language,notes\n';
const rejectsHeader = 'name,default_currency,default_language,notes,_row,_line,_column,_code,_error\n';

/** What the slices of a text are, and how many rows had been rejected by each. */
async function slicesOf(text: string) {
  const source = await openSource('-', { stdin: Readable.from([Buffer.from(text)]), cwd: '/' });
  let rejected = 0;
  const file = await openCustomerFile(
    source,
    { defaults: {}, blank: 'clear' },
    { onReject: () => rejected++, onWarning: () => {} },
  );
  const slices: { rows: number; rejected: number; repeatCandidates: string[] }[] = [];
  for await (const { lines, repeatCandidates } of file.slices()) {
    const rows = Buffer.concat(lines).toString().split('\n').length - 1;
    slices.push({ rows, rejected, repeatCandidates });
  }
  return { slices, tally: file.tally };
}

describe('rows', () => {
  test('come in slices, and none is lost between them', async () => {
    const { slices, tally } = await slicesOf(header + 'Müller,EUR,de,\n'.repeat(50_000));
    expect(slices.length).toBeGreaterThan(1);
    expect(slices.reduce((sum, { rows }) => sum + rows, 0)).toBe(50_000);
    expect(tally).toMatchObject({ rows: 50_000, accepted: 50_000, failed: 0, unnumbered: 50_000 });
  });

  test('that are all rejected come in slices too, so that they can be written down between', async () => {
    const { slices, tally } = await slicesOf(header + 'Müller,EURX,de,\n'.repeat(100_000));
    expect(slices.length).toBeGreaterThan(1);
    expect(slices[0]?.rejected).toBeLessThan(60_000);
    expect(tally).toMatchObject({ rows: 100_000, accepted: 0, failed: 100_000 });
  });

  test('are numbered as in the file, including rejected ones, and lines are those of the file', async () => {
    const { customers, rejects } = await readCustomers({
      text: `${header}A,EUR,de,"x\ny"\nB,EURX,de,\nC,EUR,de\nD,EUR,de,"x\nE,EUR,de,\n`,
    });
    expect(customers.map(({ name }) => name)).toEqual(['A', 'E']);
    expect(rejects.map(({ row, line, findings }) => [row, line, findings[0]?.problem.code])).toEqual([
      [3, 4, 'invalid_currency'],
      [4, 5, 'too_few_cells'],
      [5, 6, 'unclosed_quote'],
    ]);
  });

  test('with an earlier ERP number are reported as possibly repeated', async () => {
    const { slices } = await slicesOf(
      'erp_customer_number,name,default_currency,default_language\n007,A,EUR,de\n8,B,EUR,de\n007,C,EUR,de\n',
    );
    expect(slices).toMatchObject([{ rows: 3, repeatCandidates: ['007'] }]);
  });
});

describe('a rejects file that is read', () => {
  test('has the cells back that were made safe', async () => {
    const { customers } = await readCustomers({ text: `${rejectsHeader}'=A1,EUR,de,''+x,2,2,name,c,e\n` });
    expect(customers).toMatchObject([{ name: '=A1', notes: "'+x" }]);
  });

  test('has them back in a row that is too short too, so that no apostrophe is added each time', async () => {
    const { rejects } = await readCustomers({ text: `${rejectsHeader}'=A1,EUR,'+x,2,2,,too_few_cells,e\n` });
    expect(rejects[0]?.cells?.slice(0, 3)).toEqual(['=A1', 'EUR', '+x']);
  });

  test('which any other file is not: an apostrophe in it belongs to the cell', async () => {
    const { customers } = await readCustomers({ text: `${header}A,EUR,de,'+x\n` });
    expect(customers).toMatchObject([{ notes: "'+x" }]);
  });
});

test.each([
  ['', 'empty_file', 'stdin is empty'],
  ['\n\r\n', 'empty_file', 'stdin is empty'],
  [
    'default_currency,default_language\nEUR,de\n',
    'missing_column',
    /^the header has no column for name; it has "default_currency"/,
  ],
])('a file %j is refused', async (text, code, message) => {
  const failure = await failureOf(readCustomers({ text }));
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(message);
});

test('a file of a header alone has no rows', async () => {
  for (const text of [header, header.trimEnd(), header.replace('\n', '\r\n')]) {
    expect((await readCustomers({ text })).tally).toMatchObject({ rows: 0, failed: 0, accepted: 0 });
  }
});
