-- The import ledger: one row per run, written in the run's own transaction. What is in here was committed.
create table customer_import_run (
  id uuid primary key default uuid_v7(),
  org_id uuid not null references org (id) on delete restrict,
  file text not null,
  file_size bigint,
  started_at timestamptz not null,
  finished_at timestamptz,
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
  settings jsonb not null default '{}',
  database_user text not null default session_user,
  tool_version text not null,
  created_at timestamptz not null default now(),
  constraint customer_import_run_reconciles
    check (rows = imported + updated + unchanged + superseded + failed)
);

create index idx_customer_import_run_org_started on customer_import_run (org_id, started_at desc);

do $block$
begin
  raise notice using errcode = 'OF000', message = 'table customer_import_run', detail = 'added';
end
$block$;
