-- What `alembic upgrade head` of OrderFlow's web service leaves behind, as far as this tool meets it: the tables
-- of its migrations 001 (org) and 004 (customers), one table that points to customers, and its version table.
create table alembic_version (
  version_num varchar(32) not null,
  constraint alembic_version_pkc primary key (version_num)
);
insert into alembic_version (version_num) values ('007');

create extension if not exists citext;

create function update_updated_at_column() returns trigger as $$
begin
  NEW.updated_at = NOW();
  return NEW;
end;
$$ language plpgsql;

create table org (
  id uuid default gen_random_uuid() not null,
  name text not null,
  slug text not null,
  settings_json jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  primary key (id),
  unique (slug),
  constraint ck_org_slug_format check (slug ~ '^[a-z0-9-]{2,100}$')
);
create trigger update_org_updated_at
before update on org
for each row execute function update_updated_at_column();

create table customer (
  id uuid default gen_random_uuid() not null,
  org_id uuid not null,
  name text not null,
  erp_customer_number text,
  email citext,
  default_currency text not null,
  default_language text not null,
  billing_address jsonb,
  shipping_address jsonb,
  notes text,
  is_active boolean default true,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  primary key (id),
  foreign key (org_id) references org (id) on delete restrict,
  constraint uq_customer_org_erp_number unique (org_id, erp_customer_number)
);
create index idx_customer_org_name on customer (org_id, name);
create index idx_customer_org_erp on customer (org_id, erp_customer_number);
create trigger update_customer_updated_at
before update on customer
for each row execute function update_updated_at_column();

create table customer_contact (
  id uuid default gen_random_uuid() not null,
  org_id uuid not null,
  customer_id uuid not null,
  email citext not null,
  name text,
  phone text,
  role text,
  is_primary boolean default false,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  primary key (id),
  foreign key (org_id) references org (id) on delete restrict,
  foreign key (customer_id) references customer (id) on delete cascade,
  constraint uq_customer_contact_customer_email unique (customer_id, email)
);
create index idx_customer_contact_org_customer on customer_contact (org_id, customer_id);
create index idx_customer_contact_email on customer_contact (org_id, email);
create trigger update_customer_contact_updated_at
before update on customer_contact
for each row execute function update_updated_at_column();

create table draft_order (
  id uuid default gen_random_uuid() not null,
  org_id uuid not null,
  customer_id uuid,
  primary key (id),
  foreign key (org_id) references org (id) on delete restrict,
  foreign key (customer_id) references customer (id) on delete set null
);
