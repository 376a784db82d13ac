import path from 'node:path';
import type { Columns } from '../../src/import/columns/columns.ts';
import type { CustomerFileOptions, RejectedRow, Tally } from '../../src/import/customer-file.ts';
import { openCustomerFile } from '../../src/import/customer-file.ts';
import type { Finding } from '../../src/import/finding.ts';
import { openSource } from '../../src/files/source.ts';
import { Readable } from 'node:stream';

export interface ReadCustomers {
  columns: Columns;
  tally: Tally;
  /** The accepted rows by staging column as new customers get them, blank values left out; addresses as objects. */
  customers: Record<string, unknown>[];
  rejects: RejectedRow[];
  warnings: Finding[];
}

/** What an import would stage of a file, or of a text. */
export async function readCustomers(
  from: { file: string } | { text: string },
  options: Partial<CustomerFileOptions> = {},
): Promise<ReadCustomers> {
  const stdin = Readable.from('text' in from ? [Buffer.from(from.text)] : [], { objectMode: false });
  const source = await openSource('file' in from ? path.resolve(from.file) : '-', { stdin, cwd: '/' });
  const rejects: RejectedRow[] = [];
  const warnings: Finding[] = [];
  try {
    const file = await openCustomerFile(
      source,
      { defaults: {}, blank: 'clear', ...options },
      {
        onReject: (reject) => rejects.push(reject),
        onWarning: ({ finding }) => warnings.push(finding),
      },
    );
    const customers: Record<string, unknown>[] = [];
    for await (const { lines } of file.slices()) {
      for (const line of Buffer.concat(lines).toString('utf8').split('\n').slice(0, -1)) {
        customers.push(filled(customerOf(file.stagedColumns, line.split('\t')), file.columns));
      }
    }
    return { columns: file.columns, tally: file.tally, customers, rejects, warnings };
  } finally {
    source.close();
  }
}

/** The customer with what its file's columns lack. */
function filled(customer: Record<string, unknown>, { fills }: Columns): Record<string, unknown> {
  for (const [field, value] of Object.entries(fills)) {
    const [, side, part] = /^(billing|shipping)_(.*)$/.exec(field) ?? [];
    if (value === undefined) continue;
    if (side === undefined || part === undefined) customer[field] ??= value;
    else customer[`${side}_address`] = { [part]: value, ...(customer[`${side}_address`] as object) };
  }
  return customer;
}

/** What says where a row is, and in the system that wrote it. */
const keys = new Set(['row_no', 'line_no', 'source_id']);

function customerOf(columns: string[], values: string[]): Record<string, unknown> {
  const named = columns.map((column, index): [string, unknown] => {
    const value = (values[index] as string).replaceAll(
      /\\(.)/g,
      (_escape, sign: string) => ({ n: '\n', r: '\r', t: '\t' })[sign] ?? sign,
    );
    return [column, column.endsWith('_address') && value !== '' ? JSON.parse(value) : value];
  });
  return Object.fromEntries(named.filter(([column, value]) => value !== '' && !keys.has(column)));
}
