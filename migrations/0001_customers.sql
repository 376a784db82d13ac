-- The tables that OrderFlow's web service shares with this tool, and what the tool adds so that the database
-- itself holds the promises. Everything is made only where it is missing: OrderFlow may have made the tables,
-- and rows may be in them. What stands is recognised by its definition, not by its name; nothing is dropped,
-- no row is changed. Index and constraint names are OrderFlow's own.
--
-- It speaks by notices (SQLSTATE OF000: what was added or kept) and ends by errors (OF001: rows break a
-- promise; OF002: a table is not what the tool needs).

create function pg_temp.say(action text, object text) returns void language plpgsql as $function$
begin
  raise notice using errcode = 'OF000', message = object, detail = action;
end
$function$;

-- `broken_rows` is a query of one text column that describes each row.
create function pg_temp.stop_if_any(broken_rows text, problem text, mend text) returns void language plpgsql as $function$
declare
  total bigint;
  named text;
begin
  execute format(
    $query$
      select max(total), string_agg(row_name, e'\n' order by row_name)
      from (
        select row_name, count(*) over () as total
        from (%s) as broken (row_name)
        order by row_name
        limit 10
      ) as first_ten
    $query$,
    broken_rows
  ) into total, named;
  if total > 0 then
    raise exception using
      errcode = 'OF001',
      message = format(
        e'%s (%s):\n%s',
        problem,
        case when total > 10 then format('%s, the first 10 here', total) else total::text end,
        named
      ),
      hint = mend || ', then run migrate again';
  end if;
end
$function$;

-- Text that calls a row by table, id and org: `customer 0190… (org acme)`.
create function pg_temp.row_name(of_table text) returns text language sql as $function$
  select case
    when of_table = 'org' then $$format('org %s (%s)', t.id, t.slug)$$
    else format(
      $$format('%s %%s (org %%s)', t.id, coalesce((select slug from org where org.id = t.org_id), t.org_id::text))$$,
      of_table
    )
  end
$function$;

-- Makes the table, or holds the one that stands against the columns that it would have made. `at_least` says
-- how long a varchar(n) must be to pass for the text it stands for.
create function pg_temp.ensure_table(of_table text, columns text, at_least jsonb default '{}') returns void
language plpgsql as $function$
declare
  reference text := 'wanted_' || of_table;
  wrong text;
  wanted record;
begin
  if to_regclass(of_table) is null then
    execute format('create table %I (%s)', of_table, columns);
    perform pg_temp.say('added', 'table ' || of_table);
    return;
  end if;
  if (select relkind from pg_class where oid = to_regclass(of_table)) not in ('r', 'p') then
    raise exception using
      errcode = 'OF002',
      message = format('%s is not a table', to_regclass(of_table)),
      hint = 'use a database or search path in which that name is OrderFlow''s table, or is free';
  end if;
  execute format('create temporary table %I (%s) on commit drop', reference, columns);

  select string_agg(problem, '; ')
  into wrong
  from (
    select case
      when found.attname is null then
        format('%s is missing (%s)', expected.attname, format_type(expected.atttypid, expected.atttypmod))
      else
        format(
          '%s is %s, not %s',
          expected.attname,
          format_type(found.atttypid, found.atttypmod),
          format_type(expected.atttypid, expected.atttypmod)
        )
      end as problem
    from pg_attribute as expected
    left join pg_attribute as found
      on found.attrelid = to_regclass(of_table)
      and found.attname = expected.attname
      and not found.attisdropped
    where expected.attrelid = format('pg_temp.%I', reference)::regclass
    and expected.attnum > 0
    and found.atttypid is distinct from expected.atttypid
    and not coalesce(
      expected.atttypid = 'text'::regtype
      and found.atttypid = 'varchar'::regtype
      and (found.atttypmod = -1 or found.atttypmod - 4 >= (at_least ->> found.attname::text)::int),
      false
    )
    union all
    select format('%s must be given a value and has no default', found.attname)
    from pg_attribute as found
    where found.attrelid = to_regclass(of_table)
    and found.attnum > 0
    and found.attnotnull
    and not found.atthasdef
    and found.attidentity = ''
    and not found.attisdropped
    and not exists (
      select
      from pg_attribute as expected
      where expected.attrelid = format('pg_temp.%I', reference)::regclass
      and expected.attname = found.attname
    )
  ) as problems;
  if wrong is not null then
    raise exception using
      errcode = 'OF002',
      message = format('table %s is not as OrderFlow makes it: %s', of_table, wrong),
      hint = 'bring the table to OrderFlow''s latest version, or use another database';
  end if;
  perform pg_temp.say('kept', 'table ' || of_table);

  for wanted in
    select
      expected.attname as name,
      pg_get_expr(expected_default.adbin, expected_default.adrelid) as default_value,
      expected.attnotnull and not found.attnotnull as lacks_not_null,
      expected_default.adbin is not null
        and (
          found_default.adbin is null
          or pg_get_expr(found_default.adbin, found_default.adrelid) ~ 'gen_random_uuid|uuid_generate_v4'
        ) as lacks_default
    from pg_attribute as expected
    join pg_attribute as found
      on found.attrelid = to_regclass(of_table)
      and found.attname = expected.attname
      and not found.attisdropped
    left join pg_attrdef as expected_default
      on expected_default.adrelid = expected.attrelid
      and expected_default.adnum = expected.attnum
    left join pg_attrdef as found_default
      on found_default.adrelid = found.attrelid
      and found_default.adnum = found.attnum
    where expected.attrelid = format('pg_temp.%I', reference)::regclass
    and expected.attnum > 0
    order by expected.attnum
  loop
    if wanted.lacks_default then
      execute format('alter table %I alter column %I set default %s', of_table, wanted.name, wanted.default_value);
      perform pg_temp.say('added', format('default %s of %s.%s', wanted.default_value, of_table, wanted.name));
    end if;
    if wanted.lacks_not_null then
      perform pg_temp.stop_if_any(
        format('select %s from %I as t where t.%I is null', pg_temp.row_name(of_table), of_table, wanted.name),
        format('rows of %s whose %s is null', of_table, wanted.name),
        format('set %s in these rows', wanted.name)
      );
      execute format('alter table %I alter column %I set not null', of_table, wanted.name);
      perform pg_temp.say('added', format('not null of %s.%s', of_table, wanted.name));
    end if;
  end loop;
end
$function$;

-- A name for a new constraint or index, numbered when something else has it already.
create function pg_temp.free_name(of_table text, wanted text) returns text language sql as $function$
  select candidate
  from (
    select 0 as number, wanted as candidate
    union all
    select number, wanted || '_' || number
    from generate_series(2, 99) as number
  ) as candidates
  where not exists (
    select
    from pg_class
    where relname = candidate
    and relnamespace = (select relnamespace from pg_class where oid = to_regclass(of_table))
  )
  and not exists (select from pg_constraint where conname = candidate and conrelid = to_regclass(of_table))
  order by number
  limit 1
$function$;

-- A unique index or constraint on these columns, in whichever order, that `on conflict` can name. A deferrable
-- one cannot be named there; with `nulls not distinct` there could be one customer without an ERP number only.
create function pg_temp.unique_key_on(of_table text, columns text[]) returns text language sql as $function$
  select indexrelid::regclass::text
  from pg_index
  where indrelid = to_regclass(of_table)
  and indisunique
  and indisvalid
  and indimmediate
  and not indnullsnotdistinct
  and indpred is null
  and indexprs is null
  and (
    select array_agg(attname::text order by attname)
    from unnest(indkey[0:indnkeyatts - 1]) as key (number)
    join pg_attribute on attrelid = indrelid and attnum = number
  ) = (select array_agg(name order by name) from unnest(columns) as name)
  order by 1
  limit 1
$function$;

create function pg_temp.ensure_unique(of_table text, name text, columns text[], kind text default 'unique') returns void
language plpgsql as $function$
declare
  found text := pg_temp.unique_key_on(of_table, columns);
  column_list text := array_to_string(columns, ', ');
begin
  if found is not null then
    perform pg_temp.say('kept', format('%s (%s) of %s: %s', kind, column_list, of_table, found));
    return;
  end if;
  perform pg_temp.stop_if_any(
    format(
      $query$
        select concat_ws(', ', %1$s) || ': ' || string_agg(%2$s, ', ' order by t.id)
        from %3$I as t
        where (%1$s) is not null
        group by %1$s
        having count(*) > 1
      $query$,
      column_list, pg_temp.row_name(of_table), of_table
    ),
    format('several rows of %s with the same %s', of_table, column_list),
    'change, merge or delete all but one of each'
  );
  name := pg_temp.free_name(of_table, name);
  execute format('alter table %I add constraint %I %s (%s)', of_table, name, kind, column_list);
  perform pg_temp.say('added', format('%s (%s) of %s: %s', kind, column_list, of_table, name));
end
$function$;

-- `on_delete` lists pg_constraint.confdeltype of those that will do; the first one is made.
create function pg_temp.ensure_foreign_key(
  of_table text, name text, columns text[], to_table text, to_columns text[], on_delete text[]
) returns void language plpgsql as $function$
declare
  described text := format('foreign key (%s) of %s', array_to_string(columns, ', '), of_table);
  pairs text[] := (
    select array_agg(mine || '>' || theirs order by mine)
    from unnest(columns, to_columns) as pair (mine, theirs)
  );
  found record;
begin
  select conname, convalidated
  into found
  from pg_constraint
  where contype = 'f'
  and conrelid = to_regclass(of_table)
  and confrelid = to_regclass(to_table)
  and confdeltype = any (on_delete::"char"[])
  and (
    select array_agg(mine.attname || '>' || theirs.attname order by mine.attname)
    from unnest(conkey, confkey) as pair (my_number, their_number)
    join pg_attribute as mine on mine.attrelid = conrelid and mine.attnum = my_number
    join pg_attribute as theirs on theirs.attrelid = confrelid and theirs.attnum = their_number
  ) = pairs
  order by convalidated desc, conname
  limit 1;
  if found.convalidated then
    perform pg_temp.say('kept', format('%s: %s', described, found.conname));
    return;
  end if;
  perform pg_temp.stop_if_any(
    format(
      $query$select %s || ': ' || concat_ws(', ', %s) from %I as t where not exists (select from %I as other where %s)$query$,
      pg_temp.row_name(of_table),
      (select string_agg(format('t.%I', own), ', ') from unnest(columns) as own),
      of_table,
      to_table,
      (
        select string_agg(format('other.%I = t.%I', theirs, own), ' and ')
        from unnest(columns, to_columns) as pair (own, theirs)
      )
    ),
    format('rows of %s whose %s is not there', of_table, to_table),
    'correct or delete these rows'
  );
  if found.conname is not null then
    execute format('alter table %I validate constraint %I', of_table, found.conname);
    perform pg_temp.say('added', format('validation of %s: %s', described, found.conname));
    return;
  end if;
  name := pg_temp.free_name(of_table, name);
  execute format(
    'alter table %I add constraint %I foreign key (%s) references %I (%s) on delete %s',
    of_table, name, array_to_string(columns, ', '), to_table, array_to_string(to_columns, ', '),
    case on_delete[1] when 'c' then 'cascade' else 'restrict' end
  );
  perform pg_temp.say('added', format('%s: %s', described, name));
end
$function$;

-- An index that begins with these columns serves, too.
create function pg_temp.ensure_index(of_table text, name text, column_list text) returns void
language plpgsql as $function$
declare
  found text;
begin
  select indexrelid::regclass::text
  into found
  from pg_index
  where indrelid = to_regclass(of_table)
  and indisvalid
  and indpred is null
  and split_part(pg_get_indexdef(indexrelid), ' USING ', 2) ~ format('^btree \(%s[,)]', column_list)
  order by indexrelid::regclass::text = name desc, 1
  limit 1;
  if found is not null then
    perform pg_temp.say('kept', format('index (%s) of %s: %s', column_list, of_table, found));
    return;
  end if;
  name := pg_temp.free_name(of_table, name);
  execute format('create index %I on %I (%s)', name, of_table, column_list);
  perform pg_temp.say('added', format('index (%s) of %s: %s', column_list, of_table, name));
end
$function$;

create function pg_temp.ensure_updated_at_trigger(of_table text, name text) returns void
language plpgsql as $function$
declare
  found text;
begin
  select tgname
  into found
  from pg_trigger
  join pg_proc on pg_proc.oid = tgfoid
  where tgrelid = to_regclass(of_table)
  and not tgisinternal
  -- A row trigger (1) before (2) update (16).
  and tgtype & 19 = 19
  and prosrc ilike '%updated_at%'
  limit 1;
  if found is not null then
    perform pg_temp.say('kept', format('trigger %s of %s', found, of_table));
    return;
  end if;
  execute format(
    'create trigger %I before update on %I for each row execute function update_updated_at_column()', name, of_table
  );
  perform pg_temp.say('added', format('trigger %s of %s', name, of_table));
end
$function$;

-- Nobody else between the checks and the constraints. Taken whole at once: a lock that grew while a reader
-- holds the table and wants to write would be a deadlock. Who waits here too long gives up (lock_timeout).
do $block$
declare
  standing regclass;
begin
  for standing in
    select to_regclass(name)
    from unnest(array['org', 'customer', 'customer_contact']) with ordinality as tables (name, number)
    where to_regclass(name) is not null
    and (select relkind from pg_class where oid = to_regclass(name)) in ('r', 'p')
    order by number
  loop
    execute format('lock table %s in access exclusive mode', standing);
  end loop;
end
$block$;

do $block$
begin
  if not exists (select from pg_extension where extname = 'citext') then
    create extension citext;
    perform pg_temp.say('added', 'extension citext');
  elsif to_regtype('citext') is null then
    -- Unseen, its operators are unseen too, and emails would be compared as plain text without a word.
    raise exception using
      errcode = 'OF002',
      message = format(
        'the extension citext is in schema %s, which the search path leaves out',
        (select extnamespace::regnamespace from pg_extension where extname = 'citext')
      ),
      hint = format(
        'add it: alter database %I set search_path = %s, %s',
        current_database(),
        array_to_string(current_schemas(false), ', '),
        (select extnamespace::regnamespace from pg_extension where extname = 'citext')
      );
  else
    perform pg_temp.say('kept', 'extension citext');
  end if;
end
$block$;

-- Ids in order of time (RFC 9562, version 7), because random ones make bulk inserts 1.5 to 2 times slower.
-- Postgres 18 has them built in, and the planner looks through a function of one plain expression: 1,000,000
-- ids take 1.3 s there by either name. Before, of the ways tried this is the fastest: 2.1 s (random ids 1.4 s,
-- by text 2.2 s, in PL/pgSQL 3.8 s). The first 48 bits are milliseconds; bits 52 and 53 turn version 4 into 7.
do $block$
begin
  if to_regprocedure('uuid_v7()') is not null then
    perform pg_temp.say('kept', 'function uuid_v7()');
    return;
  end if;
  if current_setting('server_version_num')::int >= 180000 then
    execute $statement$
      create function uuid_v7() returns uuid language sql volatile parallel safe
      return uuidv7()
    $statement$;
  else
    create function uuid_v7() returns uuid language sql volatile parallel safe
    return encode(
      set_bit(
        set_bit(
          overlay(
            uuid_send(gen_random_uuid())
            placing substring(int8send(floor(date_part('epoch', clock_timestamp()) * 1000)::bigint) from 3)
            from 1 for 6
          ),
          52, 1
        ),
        53, 1
      ),
      'hex'
    )::uuid;
  end if;
  perform pg_temp.say('added', 'function uuid_v7()');
end
$block$;

do $block$
begin
  if to_regprocedure('update_updated_at_column()') is not null then
    perform pg_temp.say('kept', 'function update_updated_at_column()');
    return;
  end if;
  create function update_updated_at_column() returns trigger language plpgsql as $function$
  begin
    new.updated_at = now();
    return new;
  end
  $function$;
  perform pg_temp.say('added', 'function update_updated_at_column()');
end
$block$;

select pg_temp.ensure_table('org', $columns$
  id uuid not null default uuid_v7(),
  name text not null,
  slug text not null,
  settings_json jsonb default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
$columns$, '{"name": 200, "slug": 100}');

select pg_temp.ensure_table('customer', $columns$
  id uuid not null default uuid_v7(),
  org_id uuid not null,
  name text not null,
  erp_customer_number text,
  email citext,
  default_currency text not null,
  default_language text not null,
  billing_address jsonb,
  shipping_address jsonb,
  notes text,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
$columns$, '{"name": 500, "erp_customer_number": 100, "default_currency": 3, "default_language": 35, "notes": 10000}');

select pg_temp.ensure_table('customer_contact', $columns$
  id uuid not null default uuid_v7(),
  org_id uuid not null,
  customer_id uuid not null,
  email citext not null,
  name text,
  phone text,
  role text,
  is_primary boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
$columns$, '{"name": 200, "phone": 50, "role": 100}');

select pg_temp.ensure_unique('org', 'org_pkey', array['id'], 'primary key');
select pg_temp.ensure_unique('org', 'org_slug_key', array['slug']);
select pg_temp.ensure_unique('customer', 'customer_pkey', array['id'], 'primary key');
select pg_temp.ensure_unique('customer', 'uq_customer_org_erp_number', array['org_id', 'erp_customer_number']);
select pg_temp.ensure_unique('customer_contact', 'customer_contact_pkey', array['id'], 'primary key');
select pg_temp.ensure_unique('customer_contact', 'uq_customer_contact_customer_email', array['customer_id', 'email']);

-- What the foreign key below points to.
select pg_temp.ensure_unique('customer', 'uq_customer_org_id', array['org_id', 'id']);

select pg_temp.ensure_foreign_key('customer', 'customer_org_id_fkey', array['org_id'], 'org', array['id'], array['r', 'a']);

-- A contact can never belong to another org than its customer, nor to none. OrderFlow's own keys, on customer_id
-- and on org_id alone, say less and stay where they are; a new database does without, since every key is checked
-- for every row: the one on org_id took 0.6 s of 6.3 s for 200,000 contacts.
select pg_temp.stop_if_any(
  $query$
    select format('%s: customer %s (org %s)', contact_name, customer.id, org.slug)
    from (
      select customer_id, org_id, $query$ || pg_temp.row_name('customer_contact') || $query$ as contact_name
      from customer_contact as t
    ) as contact
    join customer on customer.id = contact.customer_id
    left join org on org.id = customer.org_id
    where customer.org_id <> contact.org_id
    -- Where the key below exists and is validated, rows need not be read: most of the time that others wait.
    and not exists (
      select
      from pg_constraint
      where contype = 'f'
      and convalidated
      and conrelid = to_regclass('customer_contact')
      and confrelid = to_regclass('customer')
      and (
        select array_agg(mine.attname || '>' || theirs.attname order by mine.attname)
        from unnest(conkey, confkey) as pair (my_number, their_number)
        join pg_attribute as mine on mine.attrelid = conrelid and mine.attnum = my_number
        join pg_attribute as theirs on theirs.attrelid = confrelid and theirs.attnum = their_number
      ) = array['customer_id>id', 'org_id>org_id']
    )
  $query$,
  'contacts of another org than their customer',
  'correct org_id in these rows'
);
select pg_temp.ensure_foreign_key(
  'customer_contact', 'customer_contact_org_customer_fkey',
  array['org_id', 'customer_id'], 'customer', array['org_id', 'id'], array['c']
);
do $block$
declare
  standing record;
begin
  for standing in
    select conrelid::regclass as of_table, conname
    from pg_constraint
    where contype = 'f'
    and (confrelid in (to_regclass('customer'), to_regclass('customer_contact')) or conrelid = to_regclass('customer_contact'))
    and (conrelid <> to_regclass('customer_contact') or cardinality(conkey) = 1)
    order by conrelid::regclass::text, conname
  loop
    perform pg_temp.say('kept', format('foreign key of %s: %s', standing.of_table, standing.conname));
  end loop;
end
$block$;

-- None on (org_id, erp_customer_number): the unique constraint's index serves. OrderFlow's stays.
do $block$
begin
  if to_regclass('idx_customer_org_erp') is not null then
    perform pg_temp.say('kept', 'index idx_customer_org_erp');
  end if;
end
$block$;
select pg_temp.ensure_index('customer', 'idx_customer_org_name', 'org_id, name');
select pg_temp.ensure_index('customer_contact', 'idx_customer_contact_org_customer', 'org_id, customer_id');
select pg_temp.ensure_index('customer_contact', 'idx_customer_contact_email', 'org_id, email');

-- At most one primary contact per customer.
do $block$
declare
  found text;
begin
  select indexrelid::regclass::text
  into found
  from pg_index
  where indrelid = to_regclass('customer_contact')
  and indisunique
  and indisvalid
  and split_part(pg_get_indexdef(indexrelid), ' USING ', 2)
    ~ '^btree \((org_id, customer_id|customer_id, org_id|customer_id)\) WHERE (is_primary|\(is_primary = true\)|\(is_primary IS TRUE\))$'
  limit 1;
  if found is not null then
    perform pg_temp.say('kept', format('one primary contact per customer: %s', found));
    return;
  end if;
  perform pg_temp.stop_if_any(
    $query$
      select format('%s: contacts %s', customer_name, string_agg(contact.id::text, ', ' order by contact.id))
      from (select id, $query$ || pg_temp.row_name('customer') || $query$ as customer_name from customer as t) as customer
      join customer_contact as contact on contact.customer_id = customer.id
      where contact.is_primary
      group by customer.id, customer_name
      having count(*) > 1
    $query$,
    'customers with more than one primary contact',
    'set is_primary to false on all but one contact of each'
  );
  create unique index uq_customer_contact_primary on customer_contact (org_id, customer_id) where is_primary;
  perform pg_temp.say('added', 'one primary contact per customer: uq_customer_contact_primary');
end
$block$;

do $block$
begin
  if exists (
    select
    from pg_constraint
    where conrelid = to_regclass('org')
    and contype = 'c'
    and convalidated
    and pg_get_constraintdef(oid) like '%^[a-z0-9-]{2,100}$%'
  ) then
    perform pg_temp.say('kept', 'check of org.slug');
    return;
  end if;
  perform pg_temp.stop_if_any(
    $query$select format('org %s (%s)', id, slug) from org where slug !~ '^[a-z0-9-]{2,100}$'$query$,
    'slugs other than 2 to 100 of a-z, 0-9 and hyphen',
    'change these slugs'
  );
  alter table org add constraint org_slug_check check (slug ~ '^[a-z0-9-]{2,100}$');
  perform pg_temp.say('added', 'check of org.slug: org_slug_check');
end
$block$;

select pg_temp.ensure_updated_at_trigger('org', 'update_org_updated_at');
select pg_temp.ensure_updated_at_trigger('customer', 'update_customer_updated_at');
select pg_temp.ensure_updated_at_trigger('customer_contact', 'update_customer_contact_updated_at');

drop function
  pg_temp.say,
  pg_temp.stop_if_any,
  pg_temp.row_name,
  pg_temp.ensure_table,
  pg_temp.free_name,
  pg_temp.unique_key_on,
  pg_temp.ensure_unique,
  pg_temp.ensure_foreign_key,
  pg_temp.ensure_index,
  pg_temp.ensure_updated_at_trigger;
