import type { StoredCustomer } from './import.ts';
import type { ModelRow } from './import-model.ts';

/*
 * Which customer the rows of `--match email` mean, in plain code: by the email, where no customer has it by the number,
 * and where the file says more in another row, by that row.
 */

type Row = ModelRow & { row: number };
export type Resolved<Said extends Row> = Said & {
  /** Equal for rows of one customer; undefined for rows with neither email nor number. */
  key?: string | undefined;
  customer?: StoredCustomer | undefined;
};

export function resolveByEmail<Said extends Row>(
  customers: StoredCustomer[],
  rows: Said[],
): { resolved: Resolved<Said>[]; refused: number } {
  const found = rows.flatMap((row): Resolved<Said>[] => {
    const { email, erp_customer_number: number } = row;
    const owners = customers.filter(
      (customer) => email !== undefined && customer.email?.toLowerCase() === email,
    );
    const numbered = customers.find(
      (customer) => number !== undefined && customer.erp_customer_number === number,
    );
    if (numbered !== undefined && owners.includes(numbered)) return [{ ...row, customer: numbered }];
    if (owners.length > 1 || (owners.length === 1 && numbered !== undefined)) return [];
    return [{ ...row, customer: owners[0] ?? numbered }];
  });
  const byEmail = found.flatMap((row): Resolved<Said>[] => {
    if (row.customer !== undefined || row.email === undefined) return [row];
    const fitting = new Set(
      found.flatMap((other) => (other.email === row.email ? (other.customer ?? []) : [])),
    );
    return fitting.size > 1 ? [] : [{ ...row, customer: [...fitting][0] }];
  });
  // A row that fits two customers still contradicts others by its number: it is left out here and counted as refused.
  const keyOf = ({ customer, email }: Resolved<Said>) =>
    customer === undefined ? email : `customer ${customers.indexOf(customer)}`;
  const keyed = byEmail.map((row): Resolved<Said> => {
    const key = keyOf(row);
    if (key !== undefined || row.erp_customer_number === undefined) return { ...row, key };
    const fellow = byEmail.find(
      (other) => other.erp_customer_number === row.erp_customer_number && keyOf(other) !== undefined,
    );
    if (fellow === undefined) return { ...row, key: `number ${row.erp_customer_number}` };
    return { ...row, key: keyOf(fellow), customer: fellow.customer };
  });
  let left = keyed;
  for (const [same, different] of [
    ['erp_customer_number', 'key'],
    ['key', 'erp_customer_number'],
    ['key', 'email'],
  ] as const) {
    left = left.filter((row) => {
      if (row[same] === undefined || row[different] === undefined) return true;
      return left.every(
        (other) =>
          other[same] !== row[same] || other[different] === undefined || other[different] === row[different],
      );
    });
  }
  const resolved = left.map((row) => {
    if (row.key === undefined) return row;
    const fellows = left.filter(({ key }) => key === row.key);
    const first = (column: 'email' | 'erp_customer_number') =>
      fellows.find((fellow) => fellow[column] !== undefined)?.[column];
    return { ...row, email: first('email'), erp_customer_number: first('erp_customer_number') };
  });
  return { resolved, refused: rows.length - resolved.length };
}
