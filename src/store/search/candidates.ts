import type { Sql } from 'sql-template-tag';
import sql, { join, raw } from 'sql-template-tag';
import type { Candidate } from './rank.ts';
import type { TypedPhone } from './phone.ts';
import { phoneBeginnings, phonePattern } from './phone.ts';
import { domainForms, emailForms } from '../../model/email-key.ts';
import { numberSpellings, plainNumber, separatedNumbers } from '../../model/typed-number.ts';
import type { Database } from '../connection/database.ts';
import { lastCharacter } from './words.ts';
import { partPattern } from '../connection/like-pattern.ts';

/** So many customers are taken from each way of finding some, before they are ranked. */
export const mostCandidates = 200;
/** With one more, it is known that there were more. */
const cutAt = mostCandidates + 1;

export interface Candidates {
  found: Candidate[];
  /** False when one way had more to offer. */
  complete: boolean;
}

/** A way to find customers: a select of their ids as `id`. */
export type Way = Sql;

/**
 * What the ways find, each customer once. Each way is a materialized subquery, cut outside of it: a limit inside
 * makes the planner read the table from its beginning until it has seen enough, which takes seconds when the rows
 * that fit stand at the end.
 */
export async function candidatesBy(database: Database, orgId: string, ways: Way[]): Promise<Candidates> {
  if (ways.length === 0) return { found: [], complete: true };
  const whole = ways.map((way, index) => sql`${name('way', index)} as materialized (${way})`);
  const cut = ways.map(
    (_way, index) => sql`
    ${name('cut', index)} as materialized (
      select id
      from ${name('way', index)}
      limit ${cutAt}
    )`,
  );
  const rows = await database.query<Candidate & { complete: boolean }>(sql`
    with ${join([...whole, ...cut], ',\n    ')}
    select
      customer.id,
      customer.name,
      customer.erp_customer_number,
      customer.email,
      array_remove(
        array[customer.billing_address ->> 'city', customer.shipping_address ->> 'city'], null
      ) as cities,
      array_remove(
        array[customer.billing_address ->> 'street', customer.shipping_address ->> 'street'], null
      ) as streets,
      array_remove(
        array[customer.billing_address ->> 'postal_code', customer.shipping_address ->> 'postal_code'], null
      ) as postal_codes,
      coalesce(
        (
          select json_agg(json_build_object('email', email, 'name', name, 'phone', phone) order by email)
          from customer_contact as contact
          where contact.org_id = customer.org_id
          and contact.customer_id = customer.id
        ),
        '[]'
      ) as contacts,
      ${join(
        ways.map((_way, index) => sql`(select count(*) from ${name('cut', index)}) <= ${mostCandidates}`),
        ' and ',
      )} as complete
    from (${join(
      ways.map((_way, index) => sql`select id from ${name('cut', index)}`),
      ' union ',
    )}) as fitting
    join customer
      on customer.org_id = ${orgId}
      and customer.id = fitting.id`);
  return { found: rows, complete: rows[0]?.complete ?? true };
}

function name(kind: 'way' | 'cut', index: number): Sql {
  return names[kind][index] ?? sql`unnamed`;
}
const names = {
  way: [sql`way0`, sql`way1`, sql`way2`, sql`way3`, sql`way4`, sql`way5`, sql`way6`, sql`way7`],
  cut: [sql`cut0`, sql`cut1`, sql`cut2`, sql`cut3`, sql`cut4`, sql`cut5`, sql`cut6`, sql`cut7`],
};

/** Customers that have every word (each as `anyToken` has it), or of whom a contact has. */
export function byWords(orgId: string, words: string[]): Way[] {
  return [
    sql`
      select id
      from customer_search_by_words(of_org => ${orgId}, words => ${words}, most => ${cutAt}) as id`,
    sql`
      select id
      from customer_search_by_contact_words(of_org => ${orgId}, words => ${words}, most => ${cutAt}) as id`,
  ];
}

/** Customers that have all words of one of the readings, in their own texts or in a contact's. */
export function byAnyOfWords(orgId: string, readings: string[][]): Way[] {
  const looks = readings.flatMap((words) => byWords(orgId, words));
  return [sql`${join(looks, '\n      union all')}`];
}

/** Customers that have the first words, and of whom a contact has the others; or the other way round. */
export function byWordsOfBoth(orgId: string, words: string[]): Way[] {
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
        of_org => ${orgId}, own => ${ofCustomer}, of_contact => ${ofContact}, most => ${cutAt}
      ) as id`,
  );
  return [sql`${join(looks, '\n      union all')}`];
}

/**
 * Customers with this ERP number, whole or begun, in any case and with any number of zeros before it: a look-up in
 * the unique index for each way to write it.
 */
export function byErpNumber(orgId: string, text: string): Way {
  return sql`
      select numbered.id
      from unnest(${[...new Set(separatedNumbers(text).flatMap(numberSpellings))]}::text[]) as beginning
      cross join lateral (
        select customer.id
        from customer
        where customer.org_id = ${orgId}
        and customer.erp_customer_number >= beginning
        and customer.erp_customer_number < beginning || ${lastCharacter}::text
        order by customer.erp_customer_number
        limit ${cutAt}
      ) as numbered`;
}

/** Customers whose email, or a contact's, is this or begins so. */
export function byEmail(orgId: string, text: string): Way[] {
  return ['customer_search_by_email', 'customer_search_by_contact_email'].map((look) => {
    const looks = emailForms(text).map(
      (email) => sql`
      select id
      from ${raw(look)}(
        of_org => ${orgId}, first => ${email}, behind => ${email + lastCharacter}, most => ${cutAt}
      ) as id`,
    );
    return sql`${join(looks, '\n      union all')}`;
  });
}

/** Customers of whom a contact has this phone number, however it is written, with any extension or none. */
export function byPhone(orgId: string, phone: TypedPhone | undefined): Way[] {
  if (phone === undefined) return [];
  return [
    sql`
      select id
      from customer_search_by_phone(
        of_org => ${orgId}, exact => '{}', beginnings => ${phoneBeginnings(phone)}, most => ${cutAt}
      ) as id`,
  ];
}

/** Customers of whom a contact has a phone number with these digits in it: all contacts are looked through. */
export function byPhonePart(orgId: string, phone: TypedPhone): Way {
  return sql`
      select contact.customer_id as id
      from customer_contact as contact
      where contact.org_id = ${orgId}
      and contact.phone like ${phonePattern(phone)}`;
}

/**
 * Customers whose name begins with one of these, in the order of the index on names: the first of very many, where
 * what is found by words would be any.
 */
export function byNameBeginning(orgId: string, beginnings: string[], limit: number): Way {
  return sql`
      select named.id
      from unnest(${beginnings}::text[]) as beginning
      cross join lateral (
        select customer.id
        from customer
        where customer.org_id = ${orgId}
        and customer.name >= beginning
        and customer.name < beginning || ${lastCharacter}::text
        order by customer.name
        limit ${limit}
      ) as named`;
}

/** Of the first 2,000 customers by name, those that have every word: enough of them, when it is a common one. */
export function byFirstNames(orgId: string, words: string[]): Way {
  return sql`
      select customer.id
      from (
        select *
        from customer
        where customer.org_id = ${orgId}
        order by customer.name
        limit 2000
      ) as customer
      where customer_search(org_id, name, billing_address, shipping_address) @@ customer_search_condition(${orgId}, ${words})`;
}

/** Customers that have the text somewhere in an ERP number, whatever its signs, or in an email: all are looked through. */
export function byAnyPart(orgId: string, text: string): Way[] {
  const patterns = domainForms(text).map(partPattern);
  const number = partPattern(plainNumber(text) || text);
  return [
    sql`
      select customer.id
      from customer
      where customer.org_id = ${orgId}
      and (
        lower(customer.erp_customer_number) like any (${patterns}::text[])
        or translate(lower(customer.erp_customer_number), ' -./_', '') like ${number}
        or lower(customer.email::text) like any (${patterns}::text[])
      )`,
    sql`
      select contact.customer_id as id
      from customer_contact as contact
      where contact.org_id = ${orgId}
      and lower(contact.email::text) like any (${patterns}::text[])`,
  ];
}
