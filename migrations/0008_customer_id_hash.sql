-- An index on customer.id that the check of a foreign key prefers whatever the statistics say.
--
-- Those checks ask for `org_id = $1 and id = $2`, once for every contact. After an import that was rolled back (a dry
-- run is one), or after all customers were deleted, ANALYZE notes a table of many pages and no rows. Then each index
-- that begins with org_id or id costs the planner the same, and it may take the one on (org_id, name): every check
-- reads all customers of the org, and 30,000 contacts take minutes instead of a second. Looking something up in a
-- hash costs the planner no descent through a tree, so it is cheaper than any of them, in every such state. Filling
-- the index takes no time that could be measured in an import of 200,000 customers; 36 bytes a customer.
do $block$
declare
  attempt integer := 1;
begin
  if exists (
    select
    from pg_index
    join pg_class as index_class on index_class.oid = indexrelid
    join pg_am on pg_am.oid = index_class.relam
    join pg_attribute on attrelid = indrelid and attnum = indkey[0]
    where indrelid = to_regclass('customer')
    and amname = 'hash'
    and attname = 'id'
    and indisvalid
    and indpred is null
  ) then
    raise notice using errcode = 'OF000', message = 'hash index (id) of customer', detail = 'kept';
    return;
  end if;
  -- Building it keeps writers out. Who waits for that makes others wait behind: 0.2 s at most, then once more.
  loop
    begin
      perform set_config('lock_timeout', '200ms', true);
      lock table customer in share mode;
      exit;
    exception when lock_not_available or deadlock_detected then
      if attempt = 12 then
        raise;
      end if;
    end;
    attempt := attempt + 1;
    perform pg_sleep(0.3);
  end loop;
  -- What an attempt to build it concurrently has left that was killed.
  if exists (
    select
    from pg_index
    where indexrelid = to_regclass('idx_customer_id_hash')
    and not indisvalid
  ) then
    drop index idx_customer_id_hash;
  end if;
  create index idx_customer_id_hash on customer using hash (id);
  raise notice using errcode = 'OF000', message = 'index idx_customer_id_hash of customer', detail = 'added';
end
$block$;
