create extension citext;

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
  created_at timestamp with time zone not null default now()
);
create table customer_schema_migration (
  id integer not null default nextval('customer_schema_migration_id_seq'::regclass),
  name character varying(255) not null,
  run_on timestamp without time zone not null
);
create table org (
  id uuid not null default uuid_v7(),
  name text not null,
  slug text not null,
  settings_json jsonb default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now()
);

alter table customer add constraint customer_org_id_fkey FOREIGN KEY (org_id) REFERENCES org(id) ON DELETE RESTRICT;
alter table customer add constraint customer_pkey PRIMARY KEY (id);
alter table customer add constraint uq_customer_org_erp_number UNIQUE (org_id, erp_customer_number);
alter table customer add constraint uq_customer_org_id UNIQUE (org_id, id);
alter table customer_contact add constraint customer_contact_org_customer_fkey FOREIGN KEY (org_id, customer_id) REFERENCES customer(org_id, id) ON DELETE CASCADE;
alter table customer_contact add constraint customer_contact_pkey PRIMARY KEY (id);
alter table customer_contact add constraint uq_customer_contact_customer_email UNIQUE (customer_id, email);
alter table customer_import_run add constraint customer_import_run_org_id_fkey FOREIGN KEY (org_id) REFERENCES org(id) ON DELETE RESTRICT;
alter table customer_import_run add constraint customer_import_run_pkey PRIMARY KEY (id);
alter table customer_import_run add constraint customer_import_run_reconciles CHECK ((rows = ((((imported + updated) + unchanged) + superseded) + failed)));
alter table customer_schema_migration add constraint customer_schema_migration_pkey PRIMARY KEY (id);
alter table org add constraint org_pkey PRIMARY KEY (id);
alter table org add constraint org_slug_check CHECK ((slug ~ '^[a-z0-9-]{2,100}$'::text));
alter table org add constraint org_slug_key UNIQUE (slug);

CREATE INDEX idx_customer_org_name ON public.customer USING btree (org_id, name);
CREATE INDEX idx_customer_contact_email ON public.customer_contact USING btree (org_id, email);
CREATE INDEX idx_customer_contact_org_customer ON public.customer_contact USING btree (org_id, customer_id);
CREATE UNIQUE INDEX uq_customer_contact_primary ON public.customer_contact USING btree (org_id, customer_id) WHERE is_primary;
CREATE INDEX idx_customer_import_run_org_started ON public.customer_import_run USING btree (org_id, started_at DESC);

CREATE TRIGGER update_customer_updated_at BEFORE UPDATE ON public.customer FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_customer_contact_updated_at BEFORE UPDATE ON public.customer_contact FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_org_updated_at BEFORE UPDATE ON public.org FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
