-- Misheard and misspelt names of dishes are found by their trigrams. Trusted since Postgres 13: no
-- superuser is needed. Where it is installed already, in whatever schema, that one is used.
create extension if not exists pg_trgm with schema offhook;

create table offhook.menu_items (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  venue text not null,
  name text not null,
  description text not null default '',
  price_minor bigint not null check (price_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  image_url text,
  is_available boolean not null default true,
  is_demo boolean not null default false,
  search tsvector not null
    generated always as (to_tsvector('simple', name || ' ' || description)) stored,
  created_at timestamptz not null default now()
);
comment on table offhook.menu_items is
  'Dishes and drinks. Prices in minor units of the currency (ISO 4217): RWF has none.';
create index on offhook.menu_items using gin (search);
create index on offhook.menu_items using gin (name gin_trgm_ops);
call offhook.isolate('offhook.menu_items');

create table offhook.pairings (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  item_id uuid not null references offhook.menu_items on delete cascade,
  paired_item_id uuid references offhook.menu_items on delete cascade,
  text text not null,
  rank integer not null default 1 check (rank > 0),
  is_demo boolean not null default false
);
comment on table offhook.pairings is 'What a waiter recommends with a dish, best first.';
create index on offhook.pairings (item_id, rank);
call offhook.isolate('offhook.pairings');

create table offhook.gl_accounts (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  code text not null,
  name text not null,
  category text not null check (
    category in (
      'revenue', 'cogs', 'operating_expense', 'depreciation', 'amortisation', 'interest', 'tax',
      'asset', 'liability', 'equity'
    )
  ),
  is_demo boolean not null default false,
  unique (organisation_id, code)
);
comment on table offhook.gl_accounts is
  'The chart of accounts; the category says where an account stands in the profit and loss account.';
call offhook.isolate('offhook.gl_accounts');

create table offhook.gl_entries (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  account_id uuid not null references offhook.gl_accounts on delete restrict,
  posted_on date not null,
  amount_minor bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  memo text,
  is_demo boolean not null default false
);
comment on table offhook.gl_entries is
  'Postings of the general ledger in minor units: debits above zero, credits below.';
create index on offhook.gl_entries (organisation_id, posted_on);
create index on offhook.gl_entries (account_id);
call offhook.isolate('offhook.gl_entries');

create table offhook.tax_rules (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  jurisdiction text not null check (jurisdiction ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
  topic text not null,
  rule text not null,
  notes text,
  source text not null,
  effective_from date,
  effective_to date,
  is_demo boolean not null default false,
  search tsvector not null
    generated always as (to_tsvector('simple', topic || ' ' || rule)) stored
);
comment on table offhook.tax_rules is
  'What the law says on a topic in a jurisdiction (ISO 3166), with the place where it says so.';
create index on offhook.tax_rules (organisation_id, jurisdiction);
create index on offhook.tax_rules using gin (search);
call offhook.isolate('offhook.tax_rules');
