-- The change log holds personal data: an ADMIN of the org deletes entries by these functions, which run as the owner of the
-- tables. Logins have no right to delete from the table. Each is one fixed statement on one org, and checks the caller first.

-- Whether an entry names one of the emails, which are in lower case: as its contact's, or as an email before or after.
create function customer_change_names_email(contact_email text, changes jsonb, emails text[]) returns boolean
language sql immutable parallel safe
return coalesce(lower(contact_email) = any (emails), false)
  or coalesce(lower(changes -> 'email' ->> 0) = any (emails), false)
  or coalesce(lower(changes -> 'email' ->> 1) = any (emails), false);

create function customer_change_require_admin(of_org uuid) returns void language plpgsql stable as $function$
begin
  if access_allows(of_org, 'ADMIN') is not true then
    raise exception using errcode = '42501', message = 'only an ADMIN of the org deletes entries of its change log';
  end if;
end
$function$;

-- All of a customer, its contacts' included.
create function customer_change_erase_customer(of_org uuid, of_customer uuid) returns bigint
language plpgsql security definer as $function$
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

create function customer_change_erase_email(of_org uuid, emails text[]) returns bigint
language plpgsql security definer as $function$
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

create function customer_change_prune(of_org uuid, before timestamptz) returns bigint
language plpgsql security definer as $function$
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

do $block$
declare
  schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('customer'));
  owner name := (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('customer'));
  object text;
begin
  foreach object in array array[
    'customer_change_require_admin(uuid)',
    'customer_change_erase_customer(uuid, uuid)',
    'customer_change_erase_email(uuid, text[])',
    'customer_change_prune(uuid, timestamptz)'
  ] loop
    -- A function that runs as its owner must find our tables, whatever path the caller has set.
    execute format('alter function %s set search_path = %s, pg_temp', object, schema_name);
  end loop;
  -- Where defaults were changed so that nobody may call a new function. They check the caller themselves.
  foreach object in array array[
    'customer_change_names_email(text, jsonb, text[])',
    'customer_change_erase_customer(uuid, uuid)',
    'customer_change_erase_email(uuid, text[])',
    'customer_change_prune(uuid, timestamptz)'
  ] loop
    execute format('grant execute on function %s to public', object);
  end loop;
  revoke execute on function customer_change_require_admin(uuid) from public;
  if owner <> current_user then
    begin
      foreach object in array array[
        'customer_change_names_email(text, jsonb, text[])',
        'customer_change_require_admin(uuid)',
        'customer_change_erase_customer(uuid, uuid)',
        'customer_change_erase_email(uuid, text[])',
        'customer_change_prune(uuid, timestamptz)'
      ] loop
        execute format('alter function %s owner to %I', object, owner);
      end loop;
    exception when insufficient_privilege then
      -- They run as a member of the owner's role, who may write the same.
      null;
    end;
  end if;
  foreach object in array array[
    'customer_change_erase_customer(uuid, uuid)',
    'customer_change_erase_email(uuid, text[])',
    'customer_change_prune(uuid, timestamptz)'
  ] loop
    raise notice using errcode = 'OF000', message = 'function ' || object, detail = 'added';
  end loop;
end
$block$;
