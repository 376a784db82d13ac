-- What finds a customer by the words of its texts. The work is divided so that writing stays cheap: the big indexes
-- hold words as they stand ("tokens": lower case, cut at spaces, nothing else), and a table of the distinct tokens of
-- an org knows how each is spelt plainly. A search finds tokens there by spelling, beginning, part or near miss, and
-- then customers by whole tokens, so that spelling is folded once for a distinct token and not for every row.
--
-- The indexes are on expressions and the tokens are noted by triggers, so whoever writes a row keeps them true
-- (0004_search).
--
-- Nothing here touches a table that stands. Where many rows stand, `migrate` runs this file before its transaction, to
-- build the indexes without locking anybody out (src/store/prepare-tables.ts), and then once more: what is there is kept.

do $block$
begin
  if current_setting('server_encoding') <> 'UTF8' then
    raise exception using
      errcode = 'OF002',
      message = format('the database keeps its text in %s', current_setting('server_encoding')),
      hint = 'use a database with the encoding UTF8';
  end if;
  if exists (select from pg_extension where extname = 'pg_trgm') then
    raise notice using errcode = 'OF000', message = 'extension pg_trgm', detail = 'kept';
  else
    create extension pg_trgm;
    raise notice using errcode = 'OF000', message = 'extension pg_trgm', detail = 'added';
  end if;
end
$block$;

-- The tokens of a text, each behind six digits of the org's id: an entry's list of rows holds those of one org.
-- Cut, because an entry of more than 2 kB would make the insert fail. Two spaces in a row make an entry of the digits
-- alone, which nobody asks for; taking it out of every row costs more (0.13 s of 0.63 s for 200,000 rows).
create or replace function customer_search_tokens(words text, org_id uuid) returns tsvector
language sql immutable parallel safe
return array_to_tsvector(
  string_to_array(
    right(org_id::text, 6) || replace(left(lower(words), 480), ' ', ' ' || right(org_id::text, 6)),
    ' '
  )
);

-- What the index holds of a customer. Statements call it by name: the planner looks through a function of one
-- expression, and finds the index.
create or replace function customer_search(org_id uuid, name text, billing_address jsonb, shipping_address jsonb) returns tsvector
language sql immutable parallel safe
return customer_search_tokens(
  name || coalesce(' ' || (billing_address ->> 'city'), '') || coalesce(' ' || (shipping_address ->> 'city'), ''),
  org_id
);

-- The digits of a phone number backwards: then an end of it, without country and prefix, is a beginning.
create or replace function customer_search_phone(phone text) returns text
language sql immutable parallel safe
return reverse(left(
  case
    when phone ~ '[^0-9 +()/.-]' then regexp_replace(phone, '[^0-9]+', '', 'g')
    else
      replace(replace(replace(replace(replace(replace(replace(
        phone, ' ', ''), '+', ''), '-', ''), '/', ''), '(', ''), ')', ''), '.', '')
  end,
  50
)) collate "C";

-- Plain words, separated by spaces: accents off, ß as ss, apostrophes gone, every other sign a space. The tool does
-- the same to what is asked for (src/model/search-text.ts). Called once for each distinct token only.
create or replace function customer_search_fold(words text) returns text
language sql immutable parallel safe
return trim(
  regexp_replace(
    regexp_replace(
      normalize(
        translate(
          replace(replace(replace(lower(words), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ÄÖÜÉÈøđðłı', 'aoueeoddli'
        ),
        nfkd
      ),
      '[\u0300-\u036f''’‘ʼ`´]+',
      '',
      'g'
    ),
    '[\u0001-\u0024\u0026-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u3003\ufeff]+',
    ' ',
    'g'
  )
);

-- The distinct tokens of an org, one row for each plain word in it: müller-bau as muller and as bau. A token of
-- digits alone is not noted, it is its own plain word. What letters ERP numbers have is noted with them: k-10001 as
-- the token #k-0, so that it is known whether an ERP number can hold a text.
-- A token stays when its last customer goes: a look-up then finds nothing. There is no unique key on purpose: nobody
-- who writes a customer waits for an import that has brought the same token and is not done. A token that two
-- sessions bring at once stands there twice, and does no harm.
create table if not exists customer_search_word (
  org_id uuid not null references org (id) on delete cascade,
  word text collate "C" not null,
  token text collate "C" not null
);
create index if not exists idx_customer_search_word on customer_search_word (org_id, word);
create index if not exists idx_customer_search_word_token on customer_search_word (org_id, token);
do $block$
begin
  -- Wherever the extension is: the search path may leave its schema out.
  execute format(
    'create index if not exists idx_customer_search_word_part on customer_search_word using gin (word %I.gin_trgm_ops)',
    (select extnamespace::regnamespace::text from pg_extension where extname = 'pg_trgm')
  );
end
$block$;

-- The texts of a customer whose tokens are noted.
create or replace function customer_search_noted(name text, number text, billing_address jsonb, shipping_address jsonb)
returns text
language sql immutable parallel safe
return left(
    lower(
      name || coalesce(' ' || (billing_address ->> 'city'), '') || coalesce(' ' || (shipping_address ->> 'city'), '')
    ),
    480
  )
  || case
    when number ~ '[^0-9]' then ' #' || replace(regexp_replace(lower(number), '[0-9]+', '0', 'g'), ' ', '_')
    else ''
  end;

-- Notes the tokens of rows that stand: of all, or of those written by the transaction `since` or a later one. Rows of
-- transactions so old that their number has come round again may be among them; they are noted already.
create or replace function customer_search_note_standing(since xid) returns void language sql as $function$
insert into customer_search_word (org_id, word, token)
select noted.org_id, word, noted.token
from (
  select org_id, token collate "C"
  from customer,
    unnest(string_to_array(
      customer_search_noted(name, erp_customer_number, billing_address, shipping_address), ' '
    )) as token
  where token ~ '[^0-9]'
  and (since is null or age(customer.xmin) <= age(since))
  union
  select org_id, token collate "C"
  from customer_contact, unnest(string_to_array(left(lower(name), 480), ' ')) as token
  where token ~ '[^0-9]'
  and (since is null or age(customer_contact.xmin) <= age(since))
) as noted (org_id, token),
  string_to_table(customer_search_fold(noted.token), ' ') as word
where not exists (
  select
  from customer_search_word as known
  where known.org_id = noted.org_id
  and known.token = noted.token
)
$function$;
