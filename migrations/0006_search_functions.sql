-- The look-ups of a search, as functions that run as the owner of the tables. A session that is held back by row-level
-- security cannot use the indexes of 0004: before a condition like `@@`, `like` or citext's `=` sees a row, the policy
-- must have let it pass, unless the condition's function is marked leakproof, which only a superuser can do. Through
-- the policies a look-up among 200,000 customers takes 750 ms, through these functions 1 ms.
--
-- Each is a fixed statement on one org and tells nothing of another: whether the session may read the org is asked
-- once, before the first row. What they return is ids and words; the customers themselves are read under the policies.
-- The plans are made for the values at hand: a common word and a rare one are looked up in different ways. `most` cuts
-- what is found outside of a materialized query: a limit inside makes the planner read the table from its beginning
-- until it has seen enough, which takes seconds when the rows that fit stand at the end.

-- Whether the session may read the org's customers: as a login of it, as the owner, or as a role that passes by
-- row-level security. Throws what the table would for a session without rights on it.
create function customer_search_allowed(of_org uuid) returns boolean
language plpgsql stable parallel safe security definer as $function$
declare
  login constant oid := access_login();
begin
  if not (has_table_privilege(login, 'customer', 'select') and has_table_privilege(login, 'customer_contact', 'select')) then
    raise exception using errcode = '42501', message = 'permission denied for table customer';
  end if;
  return of_org = any (access_orgs('VIEWER'))
    or pg_has_role(login, (select relowner from pg_class where oid = to_regclass('customer')), 'usage')
    or (select rolbypassrls from pg_roles where oid = login);
end
$function$;

-- The tokens whose plain words are like one of the patterns, which are as LIKE takes them. One that ends within an escape
-- would fail at the first word that it is held against, another org's included: it is passed over.
create function customer_search_words_like(of_org uuid, patterns text[]) returns setof text
language sql stable parallel safe security definer rows 100
begin atomic
  with asked as materialized (
    select pattern
    from unnest(patterns) as pattern
    where customer_search_allowed(of_org)
    and pattern !~ '(^|[^\\])(\\\\)*\\$'
  )
  select distinct known.token
  from asked
  join customer_search_word as known
    on known.org_id = of_org
    and known.word like asked.pattern;
end;

-- What the entries of an org must meet to have every one of the words. Each word is its tokens, separated by spaces: any
-- of them will do; one of digits may be begun. A condition that a session made itself could look at entries of other orgs,
-- and how many rows the server has visited everybody can read.
create function customer_search_condition(of_org uuid, words text[]) returns tsquery
language sql immutable parallel safe
begin atomic
  select string_agg(entries, ' & ')::tsquery
  from (
    select
      '(' || string_agg(
        '''' || replace(replace(right(of_org::text, 6) || token, '\', '\\'), '''', '''''') || ''''
          || case when token ~ '^[0-9]+$' then ':*' else '' end,
        ' | '
      ) || ')' as entries
    from unnest(words) with ordinality as each_word (tokens, number),
      string_to_table(tokens, ' ') as token
    group by number
  ) as each_word;
end;

-- Customers whose own entries have the words.
create function customer_search_by_words(of_org uuid, words text[], most integer) returns setof uuid
language sql stable parallel safe security definer rows 100
begin atomic
  with fitting as materialized (
    select customer.id
    from customer
    where customer_search_allowed(of_org)
    and customer.org_id = of_org
    and customer_search(customer.org_id, customer.name, customer.billing_address, customer.shipping_address)
      @@ customer_search_condition(of_org, words)
  )
  select id
  from fitting
  limit most;
end;

-- Customers of whom a contact's entries have the words.
create function customer_search_by_contact_words(of_org uuid, words text[], most integer) returns setof uuid
language sql stable parallel safe security definer rows 100
begin atomic
  with fitting as materialized (
    select contact.customer_id
    from customer_contact as contact
    where customer_search_allowed(of_org)
    and contact.org_id = of_org
    and customer_search_tokens(contact.name, contact.org_id) @@ customer_search_condition(of_org, words)
  )
  select customer_id
  from fitting
  limit most;
end;

-- Customers whose own entries have some words, and of whom a contact's have others. A join of two plain
-- conditions, which the planner can begin at the rarer one, for it sees both here: as one condition on both texts it
-- took 2 s for a name of four common words among 1,000,000 customers.
create function customer_search_by_both_words(of_org uuid, own text[], of_contact text[], most integer)
returns setof uuid
language plpgsql stable parallel safe security definer rows 100 as $function$
begin
  return query
  with fitting as materialized (
    select customer.id
    from customer
    join customer_contact as contact
      on contact.org_id = customer.org_id
      and contact.customer_id = customer.id
    where customer_search_allowed(of_org)
    and customer.org_id = of_org
    and contact.org_id = of_org
    and customer_search(customer.org_id, customer.name, customer.billing_address, customer.shipping_address)
      @@ customer_search_condition(of_org, own)
    and customer_search_tokens(contact.name, contact.org_id) @@ customer_search_condition(of_org, of_contact)
  )
  select id
  from fitting
  limit most;
end
$function$;

-- Customers with an email from `first` to before `behind`, both in lower case, in the order of the emails.
create function customer_search_by_email(of_org uuid, first text, behind text, most integer) returns setof uuid
language sql stable parallel safe security definer rows 100
begin atomic
  select customer.id
  from customer
  where customer_search_allowed(of_org)
  and customer.org_id = of_org
  and customer.email is not null
  and lower(customer.email::text) collate "C" >= first
  and lower(customer.email::text) collate "C" < behind
  order by lower(customer.email::text) collate "C"
  limit most;
end;

-- The same for emails of contacts.
create function customer_search_by_contact_email(of_org uuid, first text, behind text, most integer)
returns setof uuid
language sql stable parallel safe security definer rows 100
begin atomic
  select contact.customer_id
  from customer_contact as contact
  where customer_search_allowed(of_org)
  and contact.org_id = of_org
  and contact.email >= first::citext
  and contact.email < behind::citext
  order by contact.email
  limit most;
end;

-- Customers of whom a contact has a phone number with one of these keys, as customer_search_phone makes them, or with
-- one that begins so.
create function customer_search_by_phone(of_org uuid, exact text[], beginnings text[], most integer)
returns setof uuid
language sql stable parallel safe security definer rows 100
begin atomic
  with fitting as materialized (
    select contact.customer_id
    from customer_contact as contact
    where customer_search_allowed(of_org)
    and contact.org_id = of_org
    and contact.phone is not null
    and customer_search_phone(contact.phone) = any (exact)
    union all
    select contact.customer_id
    from unnest(beginnings) as beginning
    join customer_contact as contact
      on contact.org_id = of_org
      and contact.phone is not null
      and customer_search_phone(contact.phone) >= beginning
      and customer_search_phone(contact.phone) < beginning || ':'
    where customer_search_allowed(of_org)
  )
  select customer_id
  from fitting
  limit most;
end;

-- What a list shows one page of: customers whose entries have the words, and whose name or ERP number is like the
-- pattern, which is in lower case.
create function customer_search_listed(of_org uuid, words text[], pattern text)
returns table (
  id uuid,
  name text,
  erp_customer_number text,
  is_active boolean,
  created_at timestamptz,
  updated_at timestamptz
)
language sql stable parallel safe security definer rows 100
begin atomic
  select
    customer.id,
    customer.name,
    customer.erp_customer_number,
    customer.is_active,
    customer.created_at,
    customer.updated_at
  from customer
  where customer_search_allowed(of_org)
  and customer.org_id = of_org
  and customer_search(customer.org_id, customer.name, customer.billing_address, customer.shipping_address)
    @@ customer_search_condition(of_org, words)
  and (lower(customer.name) like pattern or lower(customer.erp_customer_number) like pattern);
end;

do $block$
declare
  schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('customer'));
  owner name := (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('customer'));
  object text;
begin
  foreach object in array array[
    'customer_search_allowed(uuid)',
    'customer_search_condition(uuid, text[])',
    'customer_search_words_like(uuid, text[])',
    'customer_search_by_words(uuid, text[], integer)',
    'customer_search_by_contact_words(uuid, text[], integer)',
    'customer_search_by_both_words(uuid, text[], text[], integer)',
    'customer_search_by_email(uuid, text, text, integer)',
    'customer_search_by_contact_email(uuid, text, text, integer)',
    'customer_search_by_phone(uuid, text[], text[], integer)',
    'customer_search_listed(uuid, text[], text)'
  ] loop
    -- A function that runs as its owner must find our tables, whatever path the caller has set. An expression that is
    -- compiled, or a worker that is started, takes longer than what is looked up.
    execute format('alter function %s set search_path = %s, pg_temp', object, schema_name);
    execute format(
      'alter function %s set plan_cache_mode = %s',
      object,
      case when object = 'customer_search_allowed(uuid)' then 'auto' else 'force_custom_plan' end
    );
    execute format('alter function %s set jit = off', object);
    -- Where defaults were changed so that nobody may call a new function. It asks itself who calls.
    execute format('grant execute on function %s to public', object);
    if owner <> current_user then
      begin
        execute format('alter function %s owner to %I', object, owner);
      exception when insufficient_privilege then
        -- It runs as a member of the owner's role, who may read the same.
        null;
      end;
    end if;
    raise notice using errcode = 'OF000', message = 'function ' || object, detail = 'added';
  end loop;
end
$block$;
