create extension citext;
create extension pg_trgm;

CREATE OR REPLACE FUNCTION public.access_align(of_login oid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  kind text;
  group_role name;
  called_for boolean;
  is_member boolean;
  may_hand_on boolean;
begin
  foreach kind in array array['VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN'] loop
    group_role := access_group(kind);
    called_for := exists (select from org_access where login = of_login and role = kind);
    is_member := exists (
      select
      from pg_auth_members
      where roleid = to_regrole(quote_ident(group_role))
      and member = of_login
    );
    may_hand_on := exists (
      select
      from pg_auth_members
      where roleid = to_regrole(quote_ident(group_role))
      and member = of_login
      and admin_option
    );
    if called_for and not is_member then
      if to_regrole(quote_ident(group_role)) is null then
        raise exception using errcode = 'OF004', message = format('the group role %s is not there', group_role);
      end if;
      begin
        execute format(
          case
            when current_setting('server_version_num')::int >= 160000 then 'grant %I to %s with inherit true, set false'
            else 'grant %I to %s'
          end,
          group_role,
          of_login::regrole
        );
      exception when insufficient_privilege then
        raise exception using
          errcode = 'OF004',
          message = format('%s may not make logins members of the group role %s', current_user, group_role);
      end;
    elsif is_member and not called_for and not may_hand_on then
      begin
        execute format('revoke %I from %s', group_role, of_login::regrole);
      exception when insufficient_privilege then
        -- An administrator has granted it. It opens no org: the rows go by org_access.
        null;
      end;
    end if;
  end loop;
end
$function$;
CREATE OR REPLACE FUNCTION public.access_allows(of_org uuid, at_least text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
RETURN ((of_org = ANY (access_orgs(at_least))) OR pg_has_role(access_login(), CURRENT_USER, 'usage'::text));
CREATE OR REPLACE FUNCTION public.access_first_id(at_time timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((lpad(to_hex((floor((EXTRACT(epoch FROM at_time) * (1000)::numeric)))::bigint), 12, '0'::text) || '70008000000000000000'::text))::uuid;
CREATE OR REPLACE FUNCTION public.access_grant(of_org uuid, to_login text, as_role text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  login_granted oid;
begin
  if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
    raise exception using
      errcode = '25001',
      message = 'access is granted in a READ COMMITTED transaction only',
      hint = 'begin transaction isolation level read committed';
  end if;
  -- One after the other: two grants to one role at once fail inside the server.
  lock table org_access in share row exclusive mode;
  if access_allows(of_org, 'ADMIN') is not true then
    raise exception using errcode = '42501', message = 'only an ADMIN of the org grants access to it';
  end if;
  login_granted := (select oid from pg_roles where rolname = to_login and rolcanlogin);
  if login_granted is null then
    raise exception using errcode = 'OF005', message = format('there is no login %s', to_login);
  end if;
  -- Not `on conflict`, which would lock a row that it then leaves as it is: access_orgs would take it for changed.
  update org_access
  set role = as_role, granted_by = pg_get_userbyid(access_login()), updated_at = now()
  where org_id = of_org
  and login = login_granted
  and role <> as_role;
  insert into org_access (org_id, login, role, granted_by)
  select of_org, login_granted, as_role, pg_get_userbyid(access_login())
  where not exists (
    select
    from org_access
    where org_id = of_org
    and login = login_granted
  );
  -- Logins that were dropped: on another server their number could be somebody else's.
  delete from org_access
  where not exists (select from pg_roles where oid = login);
  perform access_align(login_granted);
end
$function$;
CREATE OR REPLACE FUNCTION public.access_group(for_role text)
 RETURNS name
 LANGUAGE sql
 STABLE
RETURN (format('orderflow_%s_%s'::text, lower(for_role), CASE WHEN (octet_length((current_database())::text) <= 40) THEN (current_database())::text ELSE format('%s_%s'::text, "left"(md5((current_database())::text), 8), "left"(regexp_replace((current_database())::text, '[^a-z0-9_]'::text, ''::text, 'g'::text), 30)) END))::name;
CREATE OR REPLACE FUNCTION public.access_login()
 RETURNS oid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN to_regrole(quote_ident(COALESCE(NULLIF(current_setting('role'::text), 'none'::text), (SESSION_USER)::text)));
CREATE OR REPLACE FUNCTION public.access_orgs(at_least text)
 RETURNS uuid[]
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  orgs uuid[];
  snapshot_begins bigint;
  changed bigint;
begin
  select coalesce(array_agg(org_id), '{}')
  into orgs
  from org_access
  where login = access_login()
  and array_position(array['VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN'], role)
    >= array_position(array['VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN'], at_least);
  if current_setting('transaction_isolation') not in ('repeatable read', 'serializable') then
    return orgs;
  end if;
  snapshot_begins := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  -- xmax is a transaction's number without its epoch (the upper 32 bits): the one nearest to the snapshot is meant.
  for changed in
    select snapshot_begins + ((xmax::text::bigint - snapshot_begins) & 4294967295)
    from org_access
    where login = access_login()
    and xmax::text <> '0'
  loop
    -- Half of the numbers lie before the snapshot: what ended then, and left the row visible, was rolled back.
    if changed < snapshot_begins + 2147483648 and pg_xact_status(changed::text::xid8) = 'committed' then
      raise exception using
        errcode = '40001',
        table = 'org_access',
        message = 'the access of this login was changed after the transaction had begun',
        hint = 'begin the transaction again';
    end if;
  end loop;
  return orgs;
end
$function$;
CREATE OR REPLACE FUNCTION public.access_revoke(of_org uuid, from_login text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  login_revoked oid;
  had_access boolean;
begin
  if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
    raise exception using
      errcode = '25001',
      message = 'access is revoked in a READ COMMITTED transaction only',
      hint = 'begin transaction isolation level read committed';
  end if;
  lock table org_access in share row exclusive mode;
  if access_allows(of_org, 'ADMIN') is not true then
    raise exception using errcode = '42501', message = 'only an ADMIN of the org revokes access to it';
  end if;
  login_revoked := (select oid from pg_roles where rolname = from_login);
  -- Logins that were dropped go with it, on another server their number could be somebody else's.
  delete from org_access
  where not exists (select from pg_roles where oid = login);
  delete from org_access
  where org_id = of_org
  and login = login_revoked;
  had_access := found;
  if had_access then
    perform access_align(login_revoked);
  end if;
  return had_access;
end
$function$;
CREATE OR REPLACE FUNCTION public.customer_change_erase_customer(of_org uuid, of_customer uuid)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  deleted bigint;
begin
  perform customer_change_require_admin(of_org);
  delete from customer_change
  where org_id = of_org
  and customer_id = of_customer;
  get diagnostics deleted = row_count;
  return deleted;
end
$function$;
CREATE OR REPLACE FUNCTION public.customer_change_erase_email(of_org uuid, emails text[])
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  deleted bigint;
begin
  perform customer_change_require_admin(of_org);
  delete from customer_change
  where org_id = of_org
  and customer_change_names_email(contact_email, changes, emails);
  get diagnostics deleted = row_count;
  return deleted;
end
$function$;
CREATE OR REPLACE FUNCTION public.customer_change_field(field text, before boolean, after boolean)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN (before IS DISTINCT FROM after) THEN ((('"'::text || field) || '":'::text) || (json_build_array(before, after))::text) ELSE NULL::text END;
CREATE OR REPLACE FUNCTION public.customer_change_field(field text, before text, after text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN (before IS DISTINCT FROM after) THEN ((('"'::text || field) || '":'::text) || (json_build_array(before, after))::text) ELSE NULL::text END;
CREATE OR REPLACE FUNCTION public.customer_change_log_contacts()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_nestloop TO 'off'
 SET jit TO 'off'
AS $function$
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
CREATE OR REPLACE FUNCTION public.customer_change_log_customers()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_nestloop TO 'off'
 SET jit TO 'off'
AS $function$
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
CREATE OR REPLACE FUNCTION public.customer_change_mark(of_transaction xid8)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN SUBSTRING(xid8send(of_transaction) FROM 5);
CREATE OR REPLACE FUNCTION public.customer_change_names_email(contact_email text, changes jsonb, emails text[])
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (COALESCE((lower(contact_email) = ANY (emails)), false) OR COALESCE((lower(((changes -> 'email'::text) ->> 0)) = ANY (emails)), false) OR COALESCE((lower(((changes -> 'email'::text) ->> 1)) = ANY (emails)), false));
CREATE OR REPLACE FUNCTION public.customer_change_part(side text, part text, before jsonb, after jsonb)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN (NULLIF((before ->> part), ''::text) IS DISTINCT FROM NULLIF((after ->> part), ''::text)) THEN ((((('"'::text || side) || '_'::text) || part) || '":'::text) || (json_build_array(NULLIF((before ->> part), ''::text), NULLIF((after ->> part), ''::text)))::text) ELSE NULL::text END;
CREATE OR REPLACE FUNCTION public.customer_change_prune(of_org uuid, before timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  deleted bigint;
begin
  perform customer_change_require_admin(of_org);
  delete from customer_change
  where org_id = of_org
  and changed_at < before;
  get diagnostics deleted = row_count;
  return deleted;
end
$function$;
CREATE OR REPLACE FUNCTION public.customer_change_require_admin(of_org uuid)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if access_allows(of_org, 'ADMIN') is not true then
    raise exception using errcode = '42501', message = 'only an ADMIN of the org deletes entries of its change log';
  end if;
end
$function$;
CREATE OR REPLACE FUNCTION public.customer_search(org_id uuid, name text, billing_address jsonb, shipping_address jsonb)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN customer_search_tokens(((name || COALESCE((' '::text || (billing_address ->> 'city'::text)), ''::text)) || COALESCE((' '::text || (shipping_address ->> 'city'::text)), ''::text)), org_id);
CREATE OR REPLACE FUNCTION public.customer_search_allowed(of_org uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'auto'
 SET jit TO 'off'
AS $function$
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
CREATE OR REPLACE FUNCTION public.customer_search_by_both_words(of_org uuid, own text[], of_contact text[], most integer)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
AS $function$
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
CREATE OR REPLACE FUNCTION public.customer_search_by_contact_email(of_org uuid, first text, behind text, most integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 SELECT contact.customer_id
    FROM customer_contact contact
   WHERE (customer_search_allowed(customer_search_by_contact_email.of_org) AND (contact.org_id = customer_search_by_contact_email.of_org) AND (contact.email >= (customer_search_by_contact_email.first)::citext) AND (contact.email < (customer_search_by_contact_email.behind)::citext))
   ORDER BY contact.email
  LIMIT customer_search_by_contact_email.most;
END;
CREATE OR REPLACE FUNCTION public.customer_search_by_contact_words(of_org uuid, words text[], most integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 WITH fitting AS MATERIALIZED (
          SELECT contact.customer_id
            FROM customer_contact contact
           WHERE (customer_search_allowed(customer_search_by_contact_words.of_org) AND (contact.org_id = customer_search_by_contact_words.of_org) AND (customer_search_tokens(contact.name, contact.org_id) @@ customer_search_condition(customer_search_by_contact_words.of_org, customer_search_by_contact_words.words)))
         )
  SELECT fitting.customer_id
    FROM fitting
  LIMIT customer_search_by_contact_words.most;
END;
CREATE OR REPLACE FUNCTION public.customer_search_by_email(of_org uuid, first text, behind text, most integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 SELECT customer.id
    FROM customer
   WHERE (customer_search_allowed(customer_search_by_email.of_org) AND (customer.org_id = customer_search_by_email.of_org) AND (customer.email IS NOT NULL) AND ((lower((customer.email)::text) COLLATE "C") >= customer_search_by_email.first) AND ((lower((customer.email)::text) COLLATE "C") < customer_search_by_email.behind))
   ORDER BY (lower((customer.email)::text) COLLATE "C")
  LIMIT customer_search_by_email.most;
END;
CREATE OR REPLACE FUNCTION public.customer_search_by_phone(of_org uuid, exact text[], beginnings text[], most integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 WITH fitting AS MATERIALIZED (
          SELECT contact.customer_id
            FROM customer_contact contact
           WHERE (customer_search_allowed(customer_search_by_phone.of_org) AND (contact.org_id = customer_search_by_phone.of_org) AND (contact.phone IS NOT NULL) AND (customer_search_phone(contact.phone) = ANY (customer_search_by_phone.exact)))
         UNION ALL
          SELECT contact.customer_id
            FROM (unnest(customer_search_by_phone.beginnings) beginning(beginning)
              JOIN customer_contact contact ON (((contact.org_id = customer_search_by_phone.of_org) AND (contact.phone IS NOT NULL) AND (customer_search_phone(contact.phone) >= beginning.beginning) AND (customer_search_phone(contact.phone) < (beginning.beginning || ':'::text)))))
           WHERE customer_search_allowed(customer_search_by_phone.of_org)
         )
  SELECT fitting.customer_id
    FROM fitting
  LIMIT customer_search_by_phone.most;
END;
CREATE OR REPLACE FUNCTION public.customer_search_by_words(of_org uuid, words text[], most integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 WITH fitting AS MATERIALIZED (
          SELECT customer.id
            FROM customer
           WHERE (customer_search_allowed(customer_search_by_words.of_org) AND (customer.org_id = customer_search_by_words.of_org) AND (customer_search(customer.org_id, customer.name, customer.billing_address, customer.shipping_address) @@ customer_search_condition(customer_search_by_words.of_org, customer_search_by_words.words)))
         )
  SELECT fitting.id
    FROM fitting
  LIMIT customer_search_by_words.most;
END;
CREATE OR REPLACE FUNCTION public.customer_search_condition(of_org uuid, words text[])
 RETURNS tsquery
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 SELECT (string_agg(each_word.entries, ' & '::text))::tsquery AS string_agg
    FROM ( SELECT (('('::text || string_agg((((''''::text || replace(replace(("right"((customer_search_condition.of_org)::text, 6) || token.token), '\'::text, '\\'::text), ''''::text, ''''''::text)) || ''''::text) ||
                 CASE
                     WHEN (token.token ~ '^[0-9]+$'::text) THEN ':*'::text
                     ELSE ''::text
                 END), ' | '::text)) || ')'::text) AS entries
            FROM unnest(customer_search_condition.words) WITH ORDINALITY each_word_1(tokens, number),
             LATERAL string_to_table(each_word_1.tokens, ' '::text) token(token)
           GROUP BY each_word_1.number) each_word;
END;
CREATE OR REPLACE FUNCTION public.customer_search_fold(words text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN TRIM(BOTH FROM regexp_replace(regexp_replace(NORMALIZE(translate(replace(replace(replace(lower(words), 'ß'::text, 'ss'::text), 'æ'::text, 'ae'::text), 'œ'::text, 'oe'::text), 'ÄÖÜÉÈøđðłı'::text, 'aoueeoddli'::text), NFKD), '[\u0300-\u036f''’‘ʼ`´]+'::text, ''::text, 'g'::text), '[\u0001-\u0024\u0026-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u3003\ufeff]+'::text, ' '::text, 'g'::text));
CREATE OR REPLACE FUNCTION public.customer_search_listed(of_org uuid, words text[], pattern text)
 RETURNS TABLE(id uuid, name text, erp_customer_number text, is_active boolean, created_at timestamp with time zone, updated_at timestamp with time zone)
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 SELECT customer.id,
     customer.name,
     customer.erp_customer_number,
     customer.is_active,
     customer.created_at,
     customer.updated_at
    FROM customer
   WHERE (customer_search_allowed(customer_search_listed.of_org) AND (customer.org_id = customer_search_listed.of_org) AND (customer_search(customer.org_id, customer.name, customer.billing_address, customer.shipping_address) @@ customer_search_condition(customer_search_listed.of_org, customer_search_listed.words)) AND ((lower(customer.name) ~~ customer_search_listed.pattern) OR (lower(customer.erp_customer_number) ~~ customer_search_listed.pattern)));
END;
CREATE OR REPLACE FUNCTION public.customer_search_note_contacts()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  insert into customer_search_word (org_id, word, token)
  select noted.org_id, word, noted.token
  from (
    select distinct org_id, token
    from (
      select org_id, unnest(string_to_array(left(lower(name), 480), ' ')) collate "C" as token
      from written
    ) as cut
    where (token >= ':' or token ~ '[^0-9]')
  ) as noted,
    string_to_table(customer_search_fold(noted.token), ' ') as word
  where not exists (
    select
    from customer_search_word as known
    where known.org_id = noted.org_id
    and known.token = noted.token
  );
  return null;
end
$function$;
CREATE OR REPLACE FUNCTION public.customer_search_note_customers()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  insert into customer_search_word (org_id, word, token)
  select noted.org_id, word, noted.token
  from (
    select distinct org_id, token
    from (
      -- Cut here and not in `from`, where each row's tokens are stored before they are read: 1.0 s instead of 1.5 s
      -- for 200,000 rows.
      select
        org_id,
        unnest(string_to_array(
          customer_search_noted(name, erp_customer_number, billing_address, shipping_address), ' '
        )) collate "C" as token
      from written
    ) as cut
    -- The first comparison, by bytes, spares most the second.
    where (token >= ':' or token ~ '[^0-9]')
  ) as noted,
    string_to_table(customer_search_fold(noted.token), ' ') as word
  where not exists (
    select
    from customer_search_word as known
    where known.org_id = noted.org_id
    and known.token = noted.token
  );
  return null;
end
$function$;
CREATE OR REPLACE FUNCTION public.customer_search_noted(name text, number text, billing_address jsonb, shipping_address jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ("left"(lower(((name || COALESCE((' '::text || (billing_address ->> 'city'::text)), ''::text)) || COALESCE((' '::text || (shipping_address ->> 'city'::text)), ''::text))), 480) || CASE WHEN (number ~ '[^0-9]'::text) THEN (' #'::text || replace(regexp_replace(lower(number), '[0-9]+'::text, '0'::text, 'g'::text), ' '::text, '_'::text)) ELSE ''::text END);
CREATE OR REPLACE FUNCTION public.customer_search_phone(phone text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (reverse("left"(CASE WHEN (phone ~ '[^0-9 +()/.-]'::text) THEN regexp_replace(phone, '[^0-9]+'::text, ''::text, 'g'::text) ELSE replace(replace(replace(replace(replace(replace(replace(phone, ' '::text, ''::text), '+'::text, ''::text), '-'::text, ''::text), '/'::text, ''::text), '('::text, ''::text), ')'::text, ''::text), '.'::text, ''::text) END, 50)) COLLATE "C");
CREATE OR REPLACE FUNCTION public.customer_search_tokens(words text, org_id uuid)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(string_to_array(("right"((org_id)::text, 6) || replace("left"(lower(words), 480), ' '::text, (' '::text || "right"((org_id)::text, 6)))), ' '::text));
CREATE OR REPLACE FUNCTION public.customer_search_words_like(of_org uuid, patterns text[])
 RETURNS SETOF text
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT pattern.pattern
            FROM unnest(customer_search_words_like.patterns) pattern(pattern)
           WHERE (customer_search_allowed(customer_search_words_like.of_org) AND (pattern.pattern !~ '(^|[^\\])(\\\\)*\\$'::text))
         )
  SELECT DISTINCT known.token
    FROM (asked
      JOIN customer_search_word known ON (((known.org_id = customer_search_words_like.of_org) AND (known.word ~~ asked.pattern))));
END;
CREATE OR REPLACE FUNCTION public.update_updated_at_column()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
  begin
    new.updated_at = now();
    return new;
  end
  $function$;
create function uuid_v7() returns uuid volatile parallel safe; -- its body depends on the version of Postgres
CREATE OR REPLACE FUNCTION public.uuid_v7_marked(mark bytea)
 RETURNS uuid
 LANGUAGE sql
 PARALLEL SAFE
RETURN (encode(OVERLAY(uuid_send(uuid_v7()) PLACING mark FROM 13), 'hex'::text))::uuid;

create table customer (
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
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now()
);
create table customer_change (
  id bigint not null,
  transaction xid8 not null default pg_current_xact_id(),
  began timestamp with time zone not null default now(),
  changed_at timestamp with time zone not null,
  org_id uuid not null,
  customer_id uuid not null,
  contact_id uuid,
  contact_email text,
  kind text not null,
  login text not null default SESSION_USER,
  application text not null default COALESCE(current_setting('application_name'::text, true), ''::text),
  changes jsonb not null
);
create table customer_contact (
  id uuid not null default uuid_v7(),
  org_id uuid not null,
  customer_id uuid not null,
  email citext not null,
  name text,
  phone text,
  role text,
  is_primary boolean not null default false,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now()
);
create table customer_import_run (
  id uuid not null default uuid_v7(),
  org_id uuid not null,
  file text not null,
  file_size bigint,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  duration_ms integer,
  rows integer not null default 0,
  imported integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  superseded integer not null default 0,
  failed integer not null default 0,
  contacts_imported integer not null default 0,
  contacts_updated integer not null default 0,
  contacts_unchanged integer not null default 0,
  warnings integer not null default 0,
  rejects_file text,
  settings jsonb not null default '{}'::jsonb,
  database_user text not null default SESSION_USER,
  tool_version text not null,
  created_at timestamp with time zone not null default now(),
  transaction xid8 default pg_current_xact_id(),
  source text,
  snapshot boolean not null default false,
  deactivated integer not null default 0,
  outcome text not null default 'done'::text,
  code text,
  exit_code integer not null default 0,
  message text,
  file_state jsonb
);
create table customer_schema_migration (
  id integer not null default nextval('customer_schema_migration_id_seq'::regclass),
  name character varying(255) not null,
  run_on timestamp without time zone not null
);
create table customer_search_word (
  org_id uuid not null,
  word text not null,
  token text not null
);
create table customer_source (
  org_id uuid not null,
  customer_id uuid not null,
  source text not null,
  created_at timestamp with time zone not null default now(),
  dropped_at timestamp with time zone
);
create table org (
  id uuid not null default uuid_v7(),
  name text not null,
  slug text not null,
  settings_json jsonb default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now()
);
create table org_access (
  org_id uuid not null,
  login regrole not null,
  role text not null,
  granted_by text not null default SESSION_USER,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now()
);

alter table customer add constraint customer_org_id_fkey FOREIGN KEY (org_id) REFERENCES org(id) ON DELETE RESTRICT;
alter table customer add constraint customer_pkey PRIMARY KEY (id);
alter table customer add constraint uq_customer_org_erp_number UNIQUE (org_id, erp_customer_number);
alter table customer add constraint uq_customer_org_id UNIQUE (org_id, id);
alter table customer_change add constraint customer_change_kind_check CHECK ((kind = ANY (ARRAY['created'::text, 'updated'::text, 'removed'::text])));
alter table customer_change add constraint customer_change_pkey PRIMARY KEY (customer_id, id);
alter table customer_contact add constraint customer_contact_org_customer_fkey FOREIGN KEY (org_id, customer_id) REFERENCES customer(org_id, id) ON DELETE CASCADE;
alter table customer_contact add constraint customer_contact_pkey PRIMARY KEY (id);
alter table customer_contact add constraint uq_customer_contact_customer_email UNIQUE (customer_id, email);
alter table customer_import_run add constraint customer_import_run_org_id_fkey FOREIGN KEY (org_id) REFERENCES org(id) ON DELETE RESTRICT;
alter table customer_import_run add constraint customer_import_run_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'unchanged'::text, 'refused'::text, 'failed'::text, 'resumed'::text])));
alter table customer_import_run add constraint customer_import_run_pkey PRIMARY KEY (id);
alter table customer_import_run add constraint customer_import_run_reconciles CHECK (((outcome = ANY (ARRAY['refused'::text, 'failed'::text])) OR (rows = ((((imported + updated) + unchanged) + superseded) + failed))));
alter table customer_schema_migration add constraint customer_schema_migration_pkey PRIMARY KEY (id);
alter table customer_search_word add constraint customer_search_word_org_id_fkey FOREIGN KEY (org_id) REFERENCES org(id) ON DELETE CASCADE;
alter table customer_source add constraint customer_source_pkey PRIMARY KEY (org_id, customer_id, source);
alter table org add constraint org_pkey PRIMARY KEY (id);
alter table org add constraint org_slug_check CHECK ((slug ~ '^[a-z0-9-]{2,100}$'::text));
alter table org add constraint org_slug_key UNIQUE (slug);
alter table org_access add constraint org_access_org_id_fkey FOREIGN KEY (org_id) REFERENCES org(id) ON DELETE CASCADE;
alter table org_access add constraint org_access_pkey PRIMARY KEY (org_id, login);
alter table org_access add constraint org_access_role_check CHECK ((role = ANY (ARRAY['VIEWER'::text, 'OPS'::text, 'INTEGRATOR'::text, 'ADMIN'::text])));

CREATE INDEX idx_customer_id_hash ON public.customer USING hash (id);
CREATE INDEX idx_customer_org_name ON public.customer USING btree (org_id, name);
CREATE INDEX idx_customer_search ON public.customer USING gin (customer_search(org_id, name, billing_address, shipping_address));
CREATE INDEX idx_customer_search_email ON public.customer USING btree (org_id, lower((email)::text) COLLATE "C") WHERE (email IS NOT NULL);
CREATE INDEX idx_customer_change_removed ON public.customer_change USING btree (org_id) WHERE ((kind = 'removed'::text) AND (contact_id IS NULL));
CREATE INDEX idx_customer_change_time ON public.customer_change USING brin (changed_at) WITH (autosummarize='on');
CREATE INDEX idx_customer_change_transaction ON public.customer_change USING btree (transaction);
CREATE INDEX idx_customer_contact_email ON public.customer_contact USING btree (org_id, email);
CREATE INDEX idx_customer_contact_org_customer ON public.customer_contact USING btree (org_id, customer_id);
CREATE INDEX idx_customer_contact_search ON public.customer_contact USING gin (customer_search_tokens(name, org_id));
CREATE INDEX idx_customer_contact_search_phone ON public.customer_contact USING btree (org_id, customer_search_phone(phone)) WHERE (phone IS NOT NULL);
CREATE UNIQUE INDEX uq_customer_contact_primary ON public.customer_contact USING btree (org_id, customer_id) WHERE is_primary;
CREATE INDEX idx_customer_import_run_org_started ON public.customer_import_run USING btree (org_id, started_at DESC);
CREATE INDEX idx_customer_import_run_source ON public.customer_import_run USING btree (org_id, source, started_at DESC) WHERE (source IS NOT NULL);
CREATE UNIQUE INDEX uq_customer_import_run_transaction ON public.customer_import_run USING btree (transaction, created_at);
CREATE INDEX idx_customer_search_word ON public.customer_search_word USING btree (org_id, word);
CREATE INDEX idx_customer_search_word_part ON public.customer_search_word USING gin (word gin_trgm_ops);
CREATE INDEX idx_customer_search_word_token ON public.customer_search_word USING btree (org_id, token);
CREATE INDEX idx_org_access_login ON public.org_access USING btree (login);

CREATE TRIGGER customer_change_removed AFTER DELETE ON public.customer REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION customer_change_log_customers();
CREATE TRIGGER customer_change_updated AFTER UPDATE ON public.customer REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION customer_change_log_customers();
CREATE TRIGGER customer_search_note_inserted AFTER INSERT ON public.customer REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION customer_search_note_customers();
CREATE TRIGGER customer_search_note_updated AFTER UPDATE ON public.customer REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION customer_search_note_customers();
CREATE TRIGGER update_customer_updated_at BEFORE UPDATE ON public.customer FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER customer_change_created AFTER INSERT ON public.customer_contact REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION customer_change_log_contacts();
CREATE TRIGGER customer_change_removed AFTER DELETE ON public.customer_contact REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION customer_change_log_contacts();
CREATE TRIGGER customer_change_updated AFTER UPDATE ON public.customer_contact REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION customer_change_log_contacts();
CREATE TRIGGER customer_search_note_inserted AFTER INSERT ON public.customer_contact REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION customer_search_note_contacts();
CREATE TRIGGER customer_search_note_updated AFTER UPDATE ON public.customer_contact REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION customer_search_note_contacts();
CREATE TRIGGER update_customer_contact_updated_at BEFORE UPDATE ON public.customer_contact FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_org_updated_at BEFORE UPDATE ON public.org FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

alter table customer enable row level security;
alter table customer_change enable row level security;
alter table customer_contact enable row level security;
alter table customer_import_run enable row level security;
alter table customer_search_word enable row level security;
alter table customer_source enable row level security;
alter table org enable row level security;
alter table org_access enable row level security;
create policy access_delete on customer_contact as permissive for delete to public
using (org_id = ANY (( SELECT access_orgs('OPS'::text) AS access_orgs)::uuid[]));
create policy access_insert on customer as permissive for insert to public
with check ((org_id = ANY (( SELECT access_orgs('INTEGRATOR'::text) AS access_orgs)::uuid[])) AND (id >= ( SELECT access_first_id(now()) AS access_first_id)) AND (id < ( SELECT access_first_id((now() + '1 day'::interval)) AS access_first_id)));
create policy access_insert on customer_contact as permissive for insert to public
with check ((org_id = ANY (( SELECT access_orgs('OPS'::text) AS access_orgs)::uuid[])) AND (((customer_id >= ( SELECT access_first_id(now()) AS access_first_id)) AND (customer_id < ( SELECT access_first_id((now() + '1 day'::interval)) AS access_first_id))) OR (EXISTS ( SELECT
   FROM customer
  WHERE ((customer.org_id = customer_contact.org_id) AND (customer.id = customer_contact.customer_id))))));
create policy access_insert on customer_import_run as permissive for insert to public
with check (org_id = ANY (( SELECT access_orgs('INTEGRATOR'::text) AS access_orgs)::uuid[]));
create policy access_insert on customer_source as permissive for insert to public
with check (org_id = ANY (( SELECT access_orgs('INTEGRATOR'::text) AS access_orgs)::uuid[]));
create policy access_read on customer as permissive for select to public
using (org_id = ANY (( SELECT access_orgs('VIEWER'::text) AS access_orgs)::uuid[]));
create policy access_read on customer_change as permissive for select to public
using (org_id = ANY (( SELECT access_orgs('VIEWER'::text) AS access_orgs)::uuid[]));
create policy access_read on customer_contact as permissive for select to public
using (org_id = ANY (( SELECT access_orgs('VIEWER'::text) AS access_orgs)::uuid[]));
create policy access_read on customer_import_run as permissive for select to public
using (org_id = ANY (( SELECT access_orgs('VIEWER'::text) AS access_orgs)::uuid[]));
create policy access_read on customer_search_word as permissive for select to public
using (org_id = ANY (( SELECT access_orgs('VIEWER'::text) AS access_orgs)::uuid[]));
create policy access_read on customer_source as permissive for select to public
using (org_id = ANY (( SELECT access_orgs('VIEWER'::text) AS access_orgs)::uuid[]));
create policy access_read on org as permissive for select to public
using (id = ANY (( SELECT access_orgs('VIEWER'::text) AS access_orgs)::uuid[]));
create policy access_read on org_access as permissive for select to public
using (((login)::oid = access_login()) OR (org_id = ANY (( SELECT access_orgs('ADMIN'::text) AS access_orgs)::uuid[])));
create policy access_update on customer as permissive for update to public
using (org_id = ANY (( SELECT access_orgs('OPS'::text) AS access_orgs)::uuid[]))
with check (org_id = ANY (( SELECT access_orgs('INTEGRATOR'::text) AS access_orgs)::uuid[]));
create policy access_update on customer_contact as permissive for update to public
using (org_id = ANY (( SELECT access_orgs('OPS'::text) AS access_orgs)::uuid[]));
create policy access_update on customer_source as permissive for update to public
using (org_id = ANY (( SELECT access_orgs('INTEGRATOR'::text) AS access_orgs)::uuid[]));
