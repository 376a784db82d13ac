import type { StoredCustomer } from './import.ts';
import type { ModelRow } from './import-model.ts';

/*
 * Which customer the rows of `--match email` mean, in plain code: by the email, where no customer has it by the number,
 * and where the file says more in another row, by that row. What is refused stays refused when the file is imported
 * again: nothing that decides about it is changed.
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
  blank: 'clear' | 'keep',
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
  /** Rows with an email that the file gives to several customers. */
  const shared = new Set<number>();
  const byEmail = found.flatMap((row): Resolved<Said>[] => {
    if (row.customer !== undefined || row.email === undefined) return [row];
    const fitting = new Set(
      found.flatMap((other) => (other.email === row.email ? (other.customer ?? []) : [])),
    );
    if (fitting.size > 1) shared.add(row.row);
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
  left = withoutDependent(left);
  const resolved = left.map((row) => {
    if (row.key === undefined) return row;
    const fellows = left.filter(({ key }) => key === row.key);
    const first = (column: 'email' | 'erp_customer_number') =>
      fellows.find((fellow) => fellow[column] !== undefined)?.[column];
    return { ...row, email: first('email'), erp_customer_number: first('erp_customer_number') };
  });
  return { resolved, refused: rows.length - resolved.length };

  /** Without the customers that take or give up an email or a number of a refused row. */
  function withoutDependent(accepted: Resolved<Said>[]): Resolved<Said>[] {
    const refused = rows.filter(({ row }) => accepted.every((other) => other.row !== row));
    const named = new Set(
      refused.flatMap((row) => {
        const keys = new Set(accepted.filter(({ email }) => email === row.email).map(({ key }) => key));
        return namesOf(shared.has(row.row) && keys.size > 1 ? { ...row, email: undefined } : row);
      }),
    );
    const keys = new Set(accepted.flatMap(({ key }) => key ?? []));
    const dependent = [...keys].filter((key) =>
      changesOf(accepted.filter((row) => row.key === key)).some((name) => named.has(name)),
    );
    if (dependent.length === 0) return accepted;
    return withoutDependent(accepted.filter(({ key }) => key === undefined || !dependent.includes(key)));
  }

  /** The emails and numbers that a customer gets or loses. */
  function changesOf(fellows: Resolved<Said>[]): string[] {
    const customer = fellows[0]?.customer;
    const before = {
      email: customer?.email?.toLowerCase(),
      erp_customer_number: customer?.erp_customer_number ?? undefined,
    };
    const said = Object.assign({}, ...fellows.map((row) => ownNames(row)));
    const then = namesOf(before);
    const now = namesOf({ ...before, ...(blank === 'clear' ? { email: undefined } : {}), ...said });
    return [...now.filter((name) => !then.includes(name)), ...then.filter((name) => !now.includes(name))];
  }
}

type Names = Pick<ModelRow, 'email' | 'erp_customer_number'>;

function namesOf({
  email,
  erp_customer_number: number,
}: { [Name in keyof Names]?: string | undefined }): string[] {
  return [
    ...(email === undefined ? [] : [`email ${email}`]),
    ...(number === undefined ? [] : [`number ${number}`]),
  ];
}

function ownNames({ email, erp_customer_number: number }: ModelRow): Names {
  return {
    ...(email === undefined ? {} : { email }),
    ...(number === undefined ? {} : { erp_customer_number: number }),
  };
}
