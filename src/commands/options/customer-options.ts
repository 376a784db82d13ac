import type { Command } from 'commander';
import { Option } from 'commander';
import type { AddressPart } from '../../model/address.ts';
import type { AddressColumn, AddressField, ContactField } from '../../model/columns.ts';
import { partFieldsOf } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';

type CustomerFieldName = Exclude<FieldName, ContactField | 'is_active'>;

/** The given values of a customer, by the names of a file's columns. */
export type GivenFields = Partial<Record<CustomerFieldName, string> & { is_active: boolean }>;

interface FieldFlag {
  flag: string;
  description: string;
  /** Shorter names that are accepted too. */
  aliases?: string[];
}

const fieldFlags: Record<CustomerFieldName, FieldFlag> = {
  name: { flag: '--name <name>', description: 'name, up to 500 characters' },
  erp_customer_number: {
    flag: '--erp-customer-number <number>',
    description: 'ERP number, unique in the organization (also --erp-number)',
    aliases: ['--erp-number <number>'],
  },
  email: { flag: '--email <email>', description: 'email address' },
  default_currency: {
    flag: '--default-currency <code>',
    description: 'currency, such as EUR (also --currency)',
    aliases: ['--currency <code>'],
  },
  default_language: {
    flag: '--default-language <tag>',
    description: 'language, such as de-DE (also --language)',
    aliases: ['--language <tag>'],
  },
  notes: { flag: '--notes <text>', description: 'notes, up to 10,000 characters' },
  ...addressFlags('billing_address'),
  ...addressFlags('shipping_address'),
};

function addressFlags(column: AddressColumn): Record<AddressField, FieldFlag> {
  const values: Record<AddressPart, [value: string, description: string]> = {
    street: ['street', column.replace('_', ' ')],
    street2: ['street', ''],
    city: ['city', ''],
    postal_code: ['code', ''],
    state: ['state', ''],
    country: ['code', 'two letters, such as DE'],
  };
  const flags = partFieldsOf(column).map(({ field, part }) => {
    const [value, description] = values[part];
    return [field, { flag: `--${field.replaceAll('_', '-')} <${value}>`, description }];
  });
  return Object.fromEntries(flags) as Record<AddressField, FieldFlag>;
}

/** The fields that have a flag, in the order of the help. */
export const flaggedFields = Object.keys(fieldFlags) as CustomerFieldName[];

/** A flag for each field of a customer, with the field's name in hyphens. */
export function addCustomerOptions(command: Command): Command {
  for (const { flag, description, aliases = [] } of Object.values(fieldFlags)) {
    const main = new Option(flag, description).helpGroup(groupOf(flag));
    command.addOption(main);
    for (const alias of aliases) {
      command.addOption(new Option(alias).conflicts(main.attributeName()).hideHelp());
    }
  }
  return command
    .addOption(new Option('--active', 'make the customer active').helpGroup('Customer:'))
    .addOption(
      new Option('--inactive', 'make the customer inactive').helpGroup('Customer:').conflicts('active'),
    );
}

function groupOf(flag: string): string {
  if (flag.startsWith('--billing-')) return 'Billing address:';
  return flag.startsWith('--shipping-') ? 'Shipping address:' : 'Customer:';
}

/** The flags' values, each under its field's name; a field without a flag is absent. */
export function givenFields(options: Record<string, unknown>): GivenFields {
  const given: GivenFields = {};
  for (const field of flaggedFields) {
    const { flag, aliases = [] } = fieldFlags[field];
    for (const name of [flag, ...aliases]) {
      const value = options[new Option(name).attributeName()];
      if (typeof value === 'string') given[field] = value;
    }
  }
  if (options['active'] === true) given.is_active = true;
  if (options['inactive'] === true) given.is_active = false;
  return given;
}
