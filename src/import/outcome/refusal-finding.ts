import { quoted } from '../../model/printable.ts';
import type { Refusal } from '../../store/merge/refusals.ts';
import type { Columns } from '../columns/columns.ts';
import type { Finding } from '../finding.ts';

/** What is said of a row that the database has refused. */
export function findingOf(refusal: Refusal, columns: Columns): Finding {
  const { code, field, value } = refusal;
  const column = columns.mapped.find((mapped) => mapped.field === field)?.name ?? null;
  return { column, value, problem: wording[code](refusal) };
}

const wording: Record<Refusal['code'], (refusal: Refusal) => Finding['problem']> = {
  customer_not_found: ({ value }) =>
    value === null
      ? {
          code: 'customer_not_found',
          message: 'no customer is equal to this row, which has no ERP number',
          hint: 'give it the ERP number of its customer',
        }
      : {
          code: 'customer_not_found',
          message: `no customer has the ERP number ${quoted(value)}`,
          hint: 'correct the number, or leave --only update out to create the customer',
        },
  customer_exists: ({ customers }) => ({
    code: 'customer_exists',
    message: `${describeCustomers(customers)} exists`,
    hint: 'leave --only create out to change it',
  }),
  lost_leading_zeros: ({ value, customers }) => ({
    code: 'lost_leading_zeros',
    message: `${quoted(value ?? '')} is the number of ${describeCustomers(customers)} without its leading zeros`,
    hint: 'a spreadsheet has removed them: export the column as text',
  }),
  possible_duplicate: ({ field, customers, other_row: row }) => {
    const same = field === 'email' ? 'the same email' : 'the same name';
    return {
      code: 'possible_duplicate',
      message:
        row === null
          ? `${describeCustomers(customers)} has ${same}, and the row has no ERP number`
          : `row ${row} of this file has ${same}, and this row has no ERP number`,
      hint: 'give the row the number of its customer, or --allow-duplicates to create another customer',
    };
  },
};

function describeCustomers(customers: Refusal['customers']): string {
  const named = customers.map(({ id, erp_customer_number: number, name }) =>
    number === null ? `${quoted(name, 60)} (id ${id})` : `${number} ${quoted(name, 60)}`,
  );
  return `customer ${named.join(' and ')}`;
}
