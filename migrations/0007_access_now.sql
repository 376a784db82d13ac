-- Access goes by what is committed now, also where a session looks at an older state of the database.

-- Under REPEATABLE READ and SERIALIZABLE, org_access is seen as it was when the transaction began, and a role that was
-- taken away meanwhile would count until the transaction ends. The old row shows who has replaced or deleted it (xmax),
-- and whether that is committed does not go by the snapshot. So such a transaction ends with an error, which is what
-- it must expect of any concurrent change; without one, a long export would leave out rows and call it success.
-- Rows of org_access are never locked alone (see access_grant), so that xmax means a change.
create or replace function access_orgs(at_least text) returns uuid[]
language plpgsql stable parallel safe security definer as $function$
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

-- Both functions lock first and check then: who asks may lose the role while the lock is waited for. Each statement of
-- theirs must see what is committed, which only READ COMMITTED lets it.
create or replace function access_grant(of_org uuid, to_login text, as_role text) returns void
language plpgsql security definer as $function$
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

create or replace function access_revoke(of_org uuid, from_login text) returns boolean
language plpgsql security definer as $function$
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

-- A function that is replaced keeps its owner and who may call it, but not its settings. One that runs as its owner
-- must find our tables, whatever path the caller has set.
do $block$
declare
  schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('customer'));
  object text;
begin
  foreach object in array array[
    'access_orgs(text)', 'access_grant(uuid, text, text)', 'access_revoke(uuid, text)'
  ] loop
    execute format('alter function %s set search_path = %s, pg_temp', object, schema_name);
  end loop;
end
$block$;
