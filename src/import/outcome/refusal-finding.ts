import { quoted } from '../../model/printable.ts';
import type { Refusal } from '../../store/merge/refusals.ts';
import type { Columns } from '../columns/columns.ts';
import type { Finding } from '../finding.ts';

/** The message about a row that the database refused; `rowName` names another row. */
export function findingOf(refusal: Refusal, columns: Columns, rowName: (row: number) => string): Finding {
  const { code, field, value } = refusal;
  if (field?.startsWith('of_') === true && code !== 'customer_exists')
    return { column: null, value, problem: wordingOfTies(refusal) };
  const column =
    field === 'id'
      ? (columns.id?.name ?? null)
      : (columns.mapped.find((mapped) => mapped.field === field)?.name ?? null);
  const other = refusal.other_row === null ? null : rowName(refusal.other_row);
  return { column, value, problem: wording[code]({ ...refusal, other }) };
}

/** The message about a row that depends on another customer's row. */
function wordingOfTies({ code, field, value, customers }: Refusal): Finding['problem'] {
  const tie = `the ${field === 'of_id' ? 'id' : field === 'of_name' ? 'name' : 'ERP number'} ${quoted(value ?? '')}`;
  if (code === 'ambiguous_customer') {
    const several = customers.length > 0 ? namesOf(customers) : 'several customers of this file';
    return {
      code,
      message: `${several} have ${tie}, which names the customer of this row`,
      hint: 'tie the rows by number',
    };
  }
  return {
    code,
    message: `the row belongs to the customer with ${tie}, which this file does not have, or which was rejected`,
    hint: 'export the customer’s own row too, or correct it',
  };
}

/** `other` names the row of the files that this one resembles. */
const wording: Record<Refusal['code'], (refusal: Refusal & { other: string | null }) => Finding['problem']> =
  {
    ambiguous_customer: ({ field, value, customers }) => ({
      code: 'ambiguous_customer',
      message: `the row fits two customers: ${namesOf(customers)}`,
      hint:
        field === 'email'
          ? `they share the email ${quoted(value ?? '')}: give the row the ERP number of its customer`
          : 'correct its ERP number, or what else finds the customer',
    }),
    contradicting_rows: ({ field, other }) => ({
      code: 'contradicting_rows',
      message: `${other} gives this customer another ${field === 'email' ? 'email' : 'ERP number'}`,
      hint: 'give all rows of the customer the same; two customers with one email can only be matched by number',
    }),
    depends_on_rejected: ({ field, other }) => ({
      code: 'depends_on_rejected',
      message: `the row changes which customer has the ${field === 'email' ? 'email' : 'ERP number'} of ${other}, which was rejected`,
      hint: `correct ${other} first`,
    }),
    duplicate_number: ({ value, other }) => ({
      code: 'duplicate_number',
      message: `${other} gives the ERP number ${quoted(value ?? '')} to another customer`,
      hint: 'correct one of the rows',
    }),
    customer_not_found: ({ field, value }) =>
      field === 'id' || field === 'email'
        ? {
            code: 'customer_not_found',
            message: `no customer has the ${field} ${quoted(value ?? '')}`,
            hint:
              field === 'id'
                ? 'for a file of another organization: --match erp_customer_number; to create a customer, leave the id blank'
                : 'correct the email, or leave --only update out to create the customer',
          }
        : value === null
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
    possible_duplicate: ({ field, customers, other }) => {
      const same = field === 'email' ? 'the same email' : 'the same name';
      return {
        code: 'possible_duplicate',
        message:
          other === null
            ? `${describeCustomers(customers)} has ${same}, and the row has no ERP number`
            : `${other} has ${same}, and this row has no ERP number`,
        hint: `give the row the number of its customer, ${field === 'email' && other === null ? '--match email to update it, ' : ''}or --allow-duplicates to create another customer`,
      };
    },
  };

function describeCustomers(customers: Refusal['customers']): string {
  return `customer ${namesOf(customers)}`;
}

function namesOf(customers: Refusal['customers']): string {
  const named = customers.map(({ id, erp_customer_number: number, name }) =>
    number === null ? `${quoted(name, 60)} (id ${id})` : `${number} ${quoted(name, 60)}`,
  );
  return named.join(' and ');
}
