-- Who may see and change which organization, held by the database itself: a table of logins and their roles per
-- org, and row-level security that goes by it. Whoever owns the tables (OrderFlow's web service) passes by all of
-- it and notices nothing; `force row level security` is left off on purpose.
--
-- What a role may do with a table is granted to group roles, which `access grant` makes (src/store/access-groups.ts):
-- not every owner may create roles, and they belong to the server, not to the database.

create function pg_temp.say(action text, object text) returns void language plpgsql as $function$
begin
  raise notice using errcode = 'OF000', message = object, detail = action;
end
$function$;

-- Row-level security needs each table to itself for a moment, and who waits for a table makes everybody else wait
-- behind. So it waits for 0.2 s a table at most, then lets all of them go and tries again: nobody is locked out
-- for a second. What comes after only writes the catalog, a few milliseconds.
do $block$
declare
  attempt integer := 1;
begin
  loop
    begin
      perform set_config('lock_timeout', '200ms', true);
      lock table org, customer, customer_contact, customer_import_run in access exclusive mode;
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

-- By the role's number, not its name: a login that is renamed keeps its access, and one that is dropped and made
-- again under the same name does not inherit it.
create table org_access (
  org_id uuid not null references org (id) on delete cascade,
  login regrole not null,
  role text not null,
  granted_by text not null default session_user,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, login),
  constraint org_access_role_check check (role in ('VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN'))
);
create index idx_org_access_login on org_access (login);

-- The role that the session acts as: its login, or what it has become by SET ROLE, which the server allows only
-- to members of that role. Not current_user: within a function of the owner's that is the owner.
create function access_login() returns oid language sql stable parallel safe
return to_regrole(quote_ident(coalesce(nullif(current_setting('role'), 'none'), session_user::text)));

-- The orgs in which the session has this role, or one that may do more. It runs as the owner, so that the policy
-- of org_access itself can use it. The policies call it in a subselect, which is run once a statement; a
-- condition on org_access in the policy would be looked up for every row.
create function access_orgs(at_least text) returns uuid[] language sql stable parallel safe security definer
begin atomic
  select coalesce(array_agg(org_id), '{}')
  from org_access
  where login = access_login()
  and array_position(array['VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN'], role)
    >= array_position(array['VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN'], at_least);
end;

-- The lowest id that uuid_v7() gives at that time. The primary key of customer spans all orgs, so that an insert
-- could try whether an id is taken in another one: what was not made in this transaction is refused before.
create function access_first_id(at_time timestamptz) returns uuid language sql immutable parallel safe
return (
  lpad(to_hex(floor(extract(epoch from at_time) * 1000)::bigint), 12, '0') || '70008000000000000000'
)::uuid;

-- Whether the session has this role in the org or may act as the tables' owner: for functions that run as the
-- owner, which row-level security does not hold back.
create function access_allows(of_org uuid, at_least text) returns boolean language sql stable security definer
return of_org = any (access_orgs(at_least)) or pg_has_role(access_login(), current_user, 'usage');

-- The group role of this database that holds a role's rights.
create function access_group(for_role text) returns name language sql stable
return format(
  'orderflow_%s_%s',
  lower(for_role),
  case
    when octet_length(current_database()::text) <= 40 then current_database()::text
    else format('%s_%s', left(md5(current_database()::text), 8), left(regexp_replace(current_database()::text, '[^a-z0-9_]', '', 'g'), 30))
  end
)::name;

-- Makes the login a member of the group roles that its roles call for, and of no other one. Whoever may hand a group
-- role on keeps it: the owner must, where an administrator has made it.
create function access_align(of_login oid) returns void language plpgsql as $function$
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

-- The only ways to write org_access, but for the owner. They check who asks, for they run as the owner.
create function access_grant(of_org uuid, to_login text, as_role text) returns void
language plpgsql security definer as $function$
declare
  login_granted oid := (select oid from pg_roles where rolname = to_login and rolcanlogin);
begin
  if access_allows(of_org, 'ADMIN') is not true then
    raise exception using errcode = '42501', message = 'only an ADMIN of the org grants access to it';
  end if;
  if login_granted is null then
    raise exception using errcode = 'OF005', message = format('there is no login %s', to_login);
  end if;
  -- One after the other: two grants to one role at once fail inside the server.
  lock table org_access in share row exclusive mode;
  insert into org_access (org_id, login, role, granted_by)
  values (of_org, login_granted, as_role, pg_get_userbyid(access_login()))
  on conflict (org_id, login) do update
  set role = excluded.role, granted_by = excluded.granted_by, updated_at = now()
  where org_access.role <> excluded.role;
  -- Logins that were dropped: on another server their number could be somebody else's.
  delete from org_access
  where not exists (select from pg_roles where oid = login);
  perform access_align(login_granted);
end
$function$;

create function access_revoke(of_org uuid, from_login text) returns boolean
language plpgsql security definer as $function$
declare
  login_revoked oid := (select oid from pg_roles where rolname = from_login);
  had_access boolean;
begin
  if access_allows(of_org, 'ADMIN') is not true then
    raise exception using errcode = '42501', message = 'only an ADMIN of the org revokes access to it';
  end if;
  lock table org_access in share row exclusive mode;
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

do $block$
declare
  schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('customer'));
  owner name := (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('customer'));
  object text;
  grantees text;
  standing record;
begin
  -- A function that runs as its owner must find our tables, whatever path the caller has set.
  foreach object in array array[
    'access_orgs(text)', 'access_allows(uuid, text)', 'access_grant(uuid, text, text)', 'access_revoke(uuid, text)'
  ] loop
    execute format('alter function %s set search_path = %s, pg_temp', object, schema_name);
  end loop;
  -- Where defaults were changed so that nobody may call a new function: the policies call these as anybody.
  foreach object in array array['access_login()', 'access_orgs(text)', 'access_first_id(timestamptz)', 'access_group(text)'] loop
    execute format('grant execute on function %s to public', object);
  end loop;
  foreach object in array array[
    'access_align(oid)', 'access_allows(uuid, text)', 'access_grant(uuid, text, text)', 'access_revoke(uuid, text)'
  ] loop
    execute format('revoke execute on function %s from public', object);
  end loop;

  -- All of it belongs to whom the customers belong to, though a superuser may be the one who migrates.
  if owner <> current_user then
    begin
      foreach object in array array[
        'table customer_import_run', 'table org_access',
        'function access_login()', 'function access_orgs(text)', 'function access_first_id(timestamptz)',
        'function access_allows(uuid, text)', 'function access_group(text)', 'function access_align(oid)',
        'function access_grant(uuid, text, text)', 'function access_revoke(uuid, text)'
      ] loop
        execute format('alter %s owner to %I', object, owner);
      end loop;
      perform pg_temp.say('added', format('owner of org_access and customer_import_run: %s, who owns customer', owner));
    exception when insufficient_privilege then
      perform pg_temp.say('kept', format('owner of customer_import_run: %s, though customer belongs to %s', current_user, owner));
    end;
  end if;
  perform pg_temp.say('added', 'table org_access');

  foreach object in array array['org', 'customer', 'customer_contact', 'customer_import_run'] loop
    for standing in
      select policyname
      from pg_policies
      where schemaname = trim(both '"' from schema_name)
      and tablename = object
    loop
      perform pg_temp.say('kept', format('policy %s of %s', standing.policyname, object));
    end loop;
    select string_agg(distinct coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC'), ', ')
    into grantees
    from pg_class, aclexplode(relacl)
    where pg_class.oid = to_regclass(object)
    and grantee <> relowner;
    execute format('alter table %I enable row level security', object);
    perform pg_temp.say(
      'added',
      format('row-level security of %s', object)
        || coalesce('; it hides every row from ' || grantees || ' until access is granted', '')
    );
  end loop;
  alter table org_access enable row level security;
end
$block$;

create policy access_read on org for select
using (id = any ((select access_orgs('VIEWER'))::uuid[]));

create policy access_read on customer for select
using (org_id = any ((select access_orgs('VIEWER'))::uuid[]));

create policy access_insert on customer for insert
with check (
  org_id = any ((select access_orgs('INTEGRATOR'))::uuid[])
  and id >= (select access_first_id(now()))
  and id < (select access_first_id(now() + interval '1 day'))
);

-- OPS may lock a customer while a contact is written, and write none: locking a row asks for `using`.
create policy access_update on customer for update
using (org_id = any ((select access_orgs('OPS'))::uuid[]))
with check (org_id = any ((select access_orgs('INTEGRATOR'))::uuid[]));

create policy access_read on customer_contact for select
using (org_id = any ((select access_orgs('VIEWER'))::uuid[]));

-- The foreign key would refuse another org's customer too, but only after the unique key on (customer_id, email)
-- has told whether that customer has a contact with this email. A customer that was made in this transaction
-- need not be looked up, which is most of what an import into a new org inserts: 0.25 s of 100,000 contacts' 3.4 s.
create policy access_insert on customer_contact for insert
with check (
  org_id = any ((select access_orgs('OPS'))::uuid[])
  and (
    customer_id >= (select access_first_id(now())) and customer_id < (select access_first_id(now() + interval '1 day'))
    or exists (
      select
      from customer
      where customer.org_id = customer_contact.org_id
      and customer.id = customer_contact.customer_id
    )
  )
);

create policy access_update on customer_contact for update
using (org_id = any ((select access_orgs('OPS'))::uuid[]));

create policy access_delete on customer_contact for delete
using (org_id = any ((select access_orgs('OPS'))::uuid[]));

create policy access_read on customer_import_run for select
using (org_id = any ((select access_orgs('VIEWER'))::uuid[]));

create policy access_insert on customer_import_run for insert
with check (org_id = any ((select access_orgs('INTEGRATOR'))::uuid[]));

create policy access_read on org_access for select
using (login = access_login() or org_id = any ((select access_orgs('ADMIN'))::uuid[]));

-- The words of each org's customers. Triggers note them for whoever writes a customer or contact: as the owner, so
-- that nobody may write words otherwise.
do $block$
declare
  place record;
begin
  if to_regclass('customer_search_word') is null then
    return;
  end if;
  for place in
    select distinct
      tgfoid::regprocedure as noting,
      pronamespace::regnamespace as schema_name,
      (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('customer')) as owner
    from pg_trigger
    join pg_proc on pg_proc.oid = tgfoid
    where tgrelid in (to_regclass('customer'), to_regclass('customer_contact'))
    and prosrc like '%insert into customer_search_word%'
  loop
    execute format('alter function %s security definer set search_path = %s, pg_temp', place.noting, place.schema_name);
    -- Whoever may call it could hang it on a table of its own, with types of its own, whose casts would run as the owner.
    execute format('revoke execute on function %s from public', place.noting);
    if place.owner <> current_user then
      begin
        execute format('alter table customer_search_word owner to %I', place.owner);
        execute format('alter function %s owner to %I', place.noting, place.owner);
      exception when insufficient_privilege then
        null;
      end;
    end if;
  end loop;
  alter table customer_search_word enable row level security;
  create policy access_read on customer_search_word for select
  using (org_id = any ((select access_orgs('VIEWER'))::uuid[]));
  perform pg_temp.say('added', 'row-level security of customer_search_word');
end
$block$;

drop function pg_temp.say;
