-- The nightly run: which source names which customer, and attempts in the ledger beside runs.

do $block$
declare
  attempt integer := 1;
begin
  -- As in 0009: a new column keeps readers out, and whoever waits for that makes others wait behind.
  loop
    begin
      perform set_config('lock_timeout', '200ms', true);
      lock table customer_import_run in access exclusive mode;
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

alter table customer_import_run
  -- The system that the file comes from (--source), and whether the file was its whole (--snapshot).
  add column source text,
  add column snapshot boolean not null default false,
  -- Customers that were missing from the snapshot.
  add column deactivated integer not null default 0,
  -- What of a run that was refused or failed nothing else keeps; null for one that was done.
  add column outcome text not null default 'done',
  add column code text,
  add column exit_code integer not null default 0,
  add column message text,
  -- How the file was when it was read: its hash, time, columns.
  add column file_state jsonb;

alter table customer_import_run
  add constraint customer_import_run_outcome_check check (outcome in ('done', 'unchanged', 'refused', 'failed', 'resumed')),
  drop constraint customer_import_run_reconciles,
  add constraint customer_import_run_reconciles check (
    outcome in ('refused', 'failed') or rows = imported + updated + unchanged + superseded + failed
  );
create index idx_customer_import_run_source on customer_import_run (org_id, source, started_at desc) where source is not null;

-- A customer belongs to every source whose files have contained it. Nothing is written for a customer that is in tonight's file as
-- in yesterday's: a row is made when the source first names it, and changed when the source drops it or takes it up again.
-- No foreign key to customer: it would be checked for each of a first run's rows, and a row without its customer says nothing.
create table customer_source (
  org_id uuid not null,
  customer_id uuid not null,
  source text not null,
  created_at timestamptz not null default now(),
  -- Since when the source's snapshots lack the customer.
  dropped_at timestamptz,
  primary key (org_id, customer_id, source)
);

alter table customer_source enable row level security;
create policy access_read on customer_source for select
using (org_id = any ((select access_orgs('VIEWER'))::uuid[]));
create policy access_insert on customer_source for insert
with check (org_id = any ((select access_orgs('INTEGRATOR'))::uuid[]));
create policy access_update on customer_source for update
using (org_id = any ((select access_orgs('INTEGRATOR'))::uuid[]));

do $block$
declare
  owner name := (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('customer'));
  object text;
begin
  if owner <> current_user then
    begin
      execute format('alter table customer_source owner to %I', owner);
    exception when insufficient_privilege then
      -- They run as a member of the owner's role, who may write the same.
      null;
    end;
  end if;
  foreach object in array array[
    'columns source, snapshot, deactivated, outcome, code, exit_code, message and file_state of customer_import_run',
    'table customer_source',
    'row-level security of customer_source'
  ] loop
    raise notice using errcode = 'OF000', message = object, detail = 'added';
  end loop;
end
$block$;
