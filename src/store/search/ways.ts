import sql, { join, raw } from 'sql-template-tag';
import { domainForms, emailForms } from '../../model/email-key.ts';
import { numberSpellings, plainNumber, separatedNumbers } from '../../model/typed-number.ts';
import { partPattern } from '../connection/like-pattern.ts';
import type { Scope, Way } from './candidates.ts';
import { isIn, mostIn } from './candidates.ts';
import type { TypedPhone } from './phone.ts';
import { phoneBeginnings, phonePattern } from './phone.ts';
import { lastCharacter } from './words.ts';

/** Customers that have every word (each as `anyToken` returns it) themselves or in a contact. */
export function byWords(scope: Scope, words: string[]): Way[] {
  return [
    sql`
      select id
      from customer_search_by_words(of_org => ${scope.orgId}, words => ${words}, most => ${mostIn(scope)}) as id`,
    sql`
      select id
      from customer_search_by_contact_words(of_org => ${scope.orgId}, words => ${words}, most => ${mostIn(scope)}) as id`,
  ];
}

/** Customers that have all words of one of the readings, in their own texts or in a contact's. */
export function byAnyOfWords(scope: Scope, readings: string[][]): Way[] {
  const looks = readings.flatMap((words) => byWords(scope, words));
  return [sql`${join(looks, '\n      union all')}`];
}

/** Customers that have the first words while a contact has the others, or the other way round. */
export function byWordsOfBoth(scope: Scope, words: string[]): Way[] {
  const cuts = words.slice(1).flatMap((_word, index) => {
    const [front, back] = [words.slice(0, index + 1), words.slice(index + 1)] as const;
    return [
      [front, back],
      [back, front],
    ];
  });
  if (cuts.length === 0) return [];
  const looks = cuts.map(
    ([ofCustomer, ofContact]) => sql`
      select id
      from customer_search_by_both_words(
        of_org => ${scope.orgId}, own => ${ofCustomer}, of_contact => ${ofContact}, most => ${mostIn(scope)}
      ) as id`,
  );
  return [sql`${join(looks, '\n      union all')}`];
}

/**
 * Customers with this ERP number, whole or as a prefix, in any case and with any number of leading zeros: a
 * look-up in the unique index for each way to write it.
 */
export function byErpNumber(scope: Scope, text: string): Way {
  return sql`
      select numbered.id
      from unnest(${[...new Set(separatedNumbers(text).flatMap(numberSpellings))]}::text[]) as beginning
      cross join lateral (
        select customer.id
        from customer
        where ${isIn(scope)}
        and customer.erp_customer_number >= beginning
        and customer.erp_customer_number < beginning || ${lastCharacter}::text
        order by customer.erp_customer_number
        limit ${mostIn(scope)}
      ) as numbered`;
}

/** Customers whose email, or a contact's, is or begins with this text. */
export function byEmail(scope: Scope, text: string): Way[] {
  return ['customer_search_by_email', 'customer_search_by_contact_email'].map((look) => {
    const looks = emailForms(text).map(
      (email) => sql`
      select id
      from ${raw(look)}(
        of_org => ${scope.orgId}, first => ${email}, behind => ${email + lastCharacter}, most => ${mostIn(scope)}
      ) as id`,
    );
    return sql`${join(looks, '\n      union all')}`;
  });
}

/** Customers with a contact that has this phone number, in any format, with any extension or without. */
export function byPhone(scope: Scope, phone: TypedPhone | undefined): Way[] {
  if (phone === undefined) return [];
  return [
    sql`
      select id
      from customer_search_by_phone(
        of_org => ${scope.orgId}, exact => '{}', beginnings => ${phoneBeginnings(phone)}, most => ${mostIn(scope)}
      ) as id`,
  ];
}

/** Customers with a contact whose phone number contains these digits: all contacts are scanned. */
export function byPhonePart(scope: Scope, phone: TypedPhone): Way {
  return sql`
      select contact.customer_id as id
      from customer_contact as contact
      where contact.org_id = ${scope.orgId}
      and contact.phone like ${phonePattern(phone)}`;
}

/**
 * Customers whose name begins with one of these, in the order of the index on names: the first of very many,
 * where a search by words would return arbitrary ones.
 */
export function byNameBeginning(scope: Scope, beginnings: string[], limit: number): Way {
  return sql`
      select named.id
      from unnest(${beginnings}::text[]) as beginning
      cross join lateral (
        select customer.id
        from customer
        where ${isIn(scope)}
        and customer.name >= beginning
        and customer.name < beginning || ${lastCharacter}::text
        order by customer.name
        limit ${limit}
      ) as named`;
}

/**
 * Of the first 2,000 customers by name, those that have every word: enough of them, if it is a common one.
 */
export function byFirstNames(scope: Scope, words: string[]): Way {
  return sql`
      select customer.id
      from (
        select *
        from customer
        where ${isIn(scope)}
        order by customer.name
        limit 2000
      ) as customer
      where customer_search(org_id, name, billing_address, shipping_address) @@ customer_search_condition(${scope.orgId}, ${words})`;
}

/** Customers whose ERP number, without regard to signs, or whose email contains the text: all are scanned. */
export function byAnyPart(scope: Scope, text: string): Way[] {
  const patterns = domainForms(text).map(partPattern);
  const number = partPattern(plainNumber(text) || text);
  return [
    sql`
      select customer.id
      from customer
      where ${isIn(scope)}
      and (
        lower(customer.erp_customer_number) like any (${patterns}::text[])
        or translate(lower(customer.erp_customer_number), ' -./_', '') like ${number}
        or lower(customer.email::text) like any (${patterns}::text[])
      )`,
    sql`
      select contact.customer_id as id
      from customer_contact as contact
      where contact.org_id = ${scope.orgId}
      and lower(contact.email::text) like any (${patterns}::text[])`,
  ];
}
