-- The change log: what was changed of which customer or contact, from what to what, by whom and in which transaction.
-- Triggers write it, so no program can leave it out. History, the list of a run's changes, the plan and the undo all
-- read this one table (src/store/changes).
--
-- An entry belongs to a run if the ledger has a row of the same transaction. The server fills in both numbers and no
-- role but the owner can set them, so no client can write an entry that looks like another's run. A transaction is its
-- number and its time of beginning: in a restored database the numbers begin again.
--
-- A created customer has no entry: its id carries the transaction (uuid_v7_marked), and created_at is its beginning.

do $block$
declare
  attempt integer := 1;
begin
  -- A new trigger keeps writers out, a new column readers too. Whoever waits for that makes others wait behind: 0.2 s at
  -- most, then once more.
  loop
    begin
      perform set_config('lock_timeout', '200ms', true);
      lock table customer_import_run in access exclusive mode;
      lock table customer, customer_contact in share row exclusive mode;
      exit;
    exception when lock_not_available or deadlock_detected then
      if attempt = 12 then
        raise;
      end if;
    end;
    attempt := attempt + 1;
    perform pg_sleep(0.3);
  end loop;
end
$block$;

-- Null for runs from before the log.
alter table customer_import_run add column transaction xid8;
alter table customer_import_run alter column transaction set default pg_current_xact_id();
create unique index uq_customer_import_run_transaction on customer_import_run (transaction, created_at);

-- No foreign keys: what was removed keeps its history, and a key would be checked for every entry.
create table customer_change (
  id bigint generated always as identity,
  transaction xid8 not null default pg_current_xact_id(),
  began timestamptz not null default now(),
  changed_at timestamptz not null,
  org_id uuid not null,
  customer_id uuid not null,
  -- Null where the customer itself was changed.
  contact_id uuid,
  contact_email text,
  kind text not null,
  login text not null default session_user,
  application text not null default coalesce(current_setting('application_name', true), ''),
  -- The fields that differ: {"billing_city": ["before", "after"], …}; a part of an address is a field.
  changes jsonb not null,
  primary key (customer_id, id),
  constraint customer_change_kind_check check (kind in ('created', 'updated', 'removed'))
);
create index idx_customer_change_transaction on customer_change (transaction);
-- Customers that are no longer there; only owners remove any.
create index idx_customer_change_removed on customer_change (org_id) where kind = 'removed' and contact_id is null;
-- Entries lie in the order of time, so an index of one line for many pages finds the old ones.
create index idx_customer_change_time on customer_change using brin (changed_at) with (autosummarize = on);

alter table customer_change enable row level security;
create policy access_read on customer_change for select
using (org_id = any ((select access_orgs('VIEWER'))::uuid[]));

-- What marks the ids of the customers that a transaction creates: the lower half of its number.
create function customer_change_mark(of_transaction xid8) returns bytea language sql immutable parallel safe
return substring(xid8send(of_transaction) from 5);

create function uuid_v7_marked(mark bytea) returns uuid language sql volatile parallel safe
return encode(overlay(uuid_send(uuid_v7()) placing mark from 13), 'hex')::uuid;

-- `"name":["before","after"]` if they differ. The planner puts the bodies in the place of the calls, so that of 20 fields
-- only those that differ become JSON: 200,000 customers take 1 s, and 5 s with a loop over the fields.
create function customer_change_field(field text, before text, after text) returns text
language sql stable parallel safe
return case when before is distinct from after then '"' || field || '":' || json_build_array(before, after)::text end;

create function customer_change_field(field text, before boolean, after boolean) returns text
language sql stable parallel safe
return case when before is distinct from after then '"' || field || '":' || json_build_array(before, after)::text end;

-- The same of the parts of an address. A blank part is none, and so is an address that is no object.
create function customer_change_part(side text, part text, before jsonb, after jsonb) returns text
language sql stable parallel safe
return case
  when nullif(before ->> part, '') is distinct from nullif(after ->> part, '') then
    '"' || side || '_' || part || '":' || json_build_array(nullif(before ->> part, ''), nullif(after ->> part, ''))::text
end;

-- The triggers run as the owner, once a statement. The plan of a function is kept for the session and made for the number
-- of rows that its first statement changed, so nothing in it may be quadratic: nested loops are off.
create function customer_change_log_customers() returns trigger language plpgsql as $function$
declare
  at constant timestamptz := clock_timestamp();
begin
  if tg_relid is distinct from to_regclass('customer') then
    raise exception using errcode = '42501', message = 'this trigger is for the table customer alone';
  end if;
  if tg_op = 'UPDATE' then
    insert into customer_change (changed_at, org_id, customer_id, kind, changes)
    select at, org_id, id, 'updated', ('{' || fields || '}')::jsonb
    from (
      select
        b.org_id,
        b.id,
        concat_ws(
          ',',
          customer_change_field('name', b.name, a.name),
          customer_change_field('erp_customer_number', b.erp_customer_number, a.erp_customer_number),
          customer_change_field('email', b.email::text, a.email::text),
          customer_change_field('default_currency', b.default_currency, a.default_currency),
          customer_change_field('default_language', b.default_language, a.default_language),
          case when b.billing_address is distinct from a.billing_address then
            nullif(concat_ws(
              ',',
              customer_change_part('billing', 'street', b.billing_address, a.billing_address),
              customer_change_part('billing', 'street2', b.billing_address, a.billing_address),
              customer_change_part('billing', 'city', b.billing_address, a.billing_address),
              customer_change_part('billing', 'postal_code', b.billing_address, a.billing_address),
              customer_change_part('billing', 'state', b.billing_address, a.billing_address),
              customer_change_part('billing', 'country', b.billing_address, a.billing_address)
            ), '')
          end,
          case when b.shipping_address is distinct from a.shipping_address then
            nullif(concat_ws(
              ',',
              customer_change_part('shipping', 'street', b.shipping_address, a.shipping_address),
              customer_change_part('shipping', 'street2', b.shipping_address, a.shipping_address),
              customer_change_part('shipping', 'city', b.shipping_address, a.shipping_address),
              customer_change_part('shipping', 'postal_code', b.shipping_address, a.shipping_address),
              customer_change_part('shipping', 'state', b.shipping_address, a.shipping_address),
              customer_change_part('shipping', 'country', b.shipping_address, a.shipping_address)
            ), '')
          end,
          customer_change_field('notes', b.notes, a.notes),
          customer_change_field('is_active', b.is_active, a.is_active)
        ) as fields
      from before as b
      join after as a
        on a.org_id = b.org_id
        and a.id = b.id
      -- So that the fields are compared once, not for the list and for the condition.
      offset 0
    ) as compared
    where fields <> '';
  else
    insert into customer_change (changed_at, org_id, customer_id, kind, changes)
    select
      at,
      b.org_id,
      b.id,
      'removed',
      (
        '{' || concat_ws(
          ',',
          customer_change_field('name', b.name, null),
          customer_change_field('erp_customer_number', b.erp_customer_number, null),
          customer_change_field('email', b.email::text, null),
          customer_change_field('default_currency', b.default_currency, null),
          customer_change_field('default_language', b.default_language, null),
          customer_change_part('billing', 'street', b.billing_address, null),
          customer_change_part('billing', 'street2', b.billing_address, null),
          customer_change_part('billing', 'city', b.billing_address, null),
          customer_change_part('billing', 'postal_code', b.billing_address, null),
          customer_change_part('billing', 'state', b.billing_address, null),
          customer_change_part('billing', 'country', b.billing_address, null),
          customer_change_part('shipping', 'street', b.shipping_address, null),
          customer_change_part('shipping', 'street2', b.shipping_address, null),
          customer_change_part('shipping', 'city', b.shipping_address, null),
          customer_change_part('shipping', 'postal_code', b.shipping_address, null),
          customer_change_part('shipping', 'state', b.shipping_address, null),
          customer_change_part('shipping', 'country', b.shipping_address, null),
          customer_change_field('notes', b.notes, null),
          customer_change_field('is_active', b.is_active, null)
        ) || '}'
      )::jsonb
    from before as b;
  end if;
  return null;
end
$function$;

create function customer_change_log_contacts() returns trigger language plpgsql as $function$
declare
  at constant timestamptz := clock_timestamp();
  mark constant bytea := customer_change_mark(pg_current_xact_id());
begin
  if tg_relid is distinct from to_regclass('customer_contact') then
    raise exception using errcode = '42501', message = 'this trigger is for the table customer_contact alone';
  end if;
  if tg_op = 'UPDATE' then
    insert into customer_change (changed_at, org_id, customer_id, contact_id, contact_email, kind, changes)
    select at, org_id, customer_id, id, email, 'updated', ('{' || fields || '}')::jsonb
    from (
      select
        a.org_id,
        a.customer_id,
        a.id,
        a.email::text as email,
        concat_ws(
          ',',
          customer_change_field('customer_id', b.customer_id::text, a.customer_id::text),
          customer_change_field('email', b.email::text, a.email::text),
          customer_change_field('name', b.name, a.name),
          customer_change_field('phone', b.phone, a.phone),
          customer_change_field('role', b.role, a.role),
          customer_change_field('is_primary', b.is_primary, a.is_primary)
        ) as fields
      from before as b
      join after as a
        on a.org_id = b.org_id
        and a.id = b.id
      offset 0
    ) as compared
    where fields <> '';
  elsif tg_op = 'INSERT' then
    -- Not of customers that this transaction has created: their creation says it all. Most of them are known by their
    -- ids; the others are looked up one by one, whatever plan a session has kept.
    insert into customer_change (changed_at, org_id, customer_id, contact_id, contact_email, kind, changes)
    select
      at,
      a.org_id,
      a.customer_id,
      a.id,
      a.email::text,
      'created',
      (
        '{' || concat_ws(
          ',',
          customer_change_field('email', null, a.email::text),
          customer_change_field('name', null, a.name),
          customer_change_field('phone', null, a.phone),
          customer_change_field('role', null, a.role),
          customer_change_field('is_primary', null, a.is_primary)
        ) || '}'
      )::jsonb
    from after as a
    where (substring(uuid_send(a.customer_id) from 13) <> mark or a.customer_id < access_first_id(now()))
    and (
      select c.created_at
      from customer as c
      where c.org_id = a.org_id
      and c.id = a.customer_id
    ) <> now();
  else
    insert into customer_change (changed_at, org_id, customer_id, contact_id, contact_email, kind, changes)
    select
      at,
      b.org_id,
      b.customer_id,
      b.id,
      b.email::text,
      'removed',
      (
        '{' || concat_ws(
          ',',
          customer_change_field('email', b.email::text, null),
          customer_change_field('name', b.name, null),
          customer_change_field('phone', b.phone, null),
          customer_change_field('role', b.role, null),
          customer_change_field('is_primary', b.is_primary, null)
        ) || '}'
      )::jsonb
    from before as b;
  end if;
  return null;
end
$function$;

create trigger customer_change_updated
after update on customer
referencing old table as before new table as after
for each statement execute function customer_change_log_customers();
create trigger customer_change_removed
after delete on customer
referencing old table as before
for each statement execute function customer_change_log_customers();
create trigger customer_change_created
after insert on customer_contact
referencing new table as after
for each statement execute function customer_change_log_contacts();
create trigger customer_change_updated
after update on customer_contact
referencing old table as before new table as after
for each statement execute function customer_change_log_contacts();
create trigger customer_change_removed
after delete on customer_contact
referencing old table as before
for each statement execute function customer_change_log_contacts();

do $block$
declare
  schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('customer'));
  owner name := (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('customer'));
  object text;
begin
  foreach object in array array['customer_change_log_customers()', 'customer_change_log_contacts()'] loop
    -- A function that runs as its owner must find our tables, whatever path the caller has set. Whoever may call it could
    -- hang it on a table of its own, with types of its own, whose casts would run as the owner.
    execute format('alter function %s security definer set search_path = %s, pg_temp', object, schema_name);
    execute format('alter function %s set enable_nestloop = off', object);
    execute format('alter function %s set jit = off', object);
    execute format('revoke execute on function %s from public', object);
  end loop;
  -- Where defaults were changed so that nobody may call a new function.
  foreach object in array array['customer_change_mark(xid8)', 'uuid_v7_marked(bytea)'] loop
    execute format('grant execute on function %s to public', object);
  end loop;
  if owner <> current_user then
    begin
      foreach object in array array[
        'table customer_change', 'function customer_change_mark(xid8)', 'function uuid_v7_marked(bytea)',
        'function customer_change_field(text, text, text)', 'function customer_change_field(text, boolean, boolean)',
        'function customer_change_part(text, text, jsonb, jsonb)',
        'function customer_change_log_customers()', 'function customer_change_log_contacts()'
      ] loop
        execute format('alter %s owner to %I', object, owner);
      end loop;
    exception when insufficient_privilege then
      -- They run as a member of the owner's role, who may write the same.
      null;
    end;
  end if;
  foreach object in array array[
    'table customer_change',
    'row-level security of customer_change',
    'column transaction of customer_import_run',
    'triggers customer_change_created, customer_change_updated and customer_change_removed of customer and customer_contact'
  ] loop
    raise notice using errcode = 'OF000', message = object, detail = 'added';
  end loop;
end
$block$;
