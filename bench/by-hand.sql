-- What a careful engineer would type: copy the file into a temporary table, then two upserts. No validation,
-- no report, one transaction. Run by psql in the directory of customers.csv.
\set ON_ERROR_STOP 1
begin;
create temporary table incoming (
  erp_customer_number text, name text, email text, default_currency text, default_language text,
  billing_street text, billing_city text, billing_postal_code text, billing_country text,
  shipping_street text, shipping_city text, shipping_postal_code text, shipping_country text,
  contact_email text, contact_name text, contact_phone text, contact_role text, contact_is_primary boolean
) on commit drop;
\copy incoming from 'customers.csv' with (format csv, header)
insert into customer (
  org_id, erp_customer_number, name, email, default_currency, default_language, billing_address, shipping_address
)
select
  org.id, i.erp_customer_number, i.name, i.email, i.default_currency, i.default_language,
  jsonb_build_object('street', i.billing_street, 'city', i.billing_city, 'postal_code', i.billing_postal_code, 'country', i.billing_country),
  jsonb_build_object('street', i.shipping_street, 'city', i.shipping_city, 'postal_code', i.shipping_postal_code, 'country', i.shipping_country)
from incoming i
join org on org.slug = 'bench'
on conflict (org_id, erp_customer_number) do update
set name = excluded.name,
  email = excluded.email,
  default_currency = excluded.default_currency,
  default_language = excluded.default_language,
  billing_address = excluded.billing_address,
  shipping_address = excluded.shipping_address;
insert into customer_contact (org_id, customer_id, email, name, phone, role, is_primary)
select c.org_id, c.id, i.contact_email, i.contact_name, i.contact_phone, i.contact_role, i.contact_is_primary
from incoming i
join org on org.slug = 'bench'
join customer c on c.org_id = org.id and c.erp_customer_number = i.erp_customer_number
on conflict (customer_id, email) do update
set name = excluded.name,
  phone = excluded.phone,
  role = excluded.role,
  is_primary = excluded.is_primary;
commit;
