-- No foreign key to sessions: an order counts at once, its session is copied from the journal later.
create table offhook.orders (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  session_id text not null,
  tool_call_id text not null,
  venue text not null,
  placed_at timestamptz not null default now(),
  unique (organisation_id, session_id, tool_call_id)
);
comment on table offhook.orders is
  'What guests have ordered: one row an order, however often the tool call that placed it is run.';
create index on offhook.orders (organisation_id, placed_at);
call offhook.isolate('offhook.orders');

create table offhook.order_lines (
  order_id uuid not null references offhook.orders on delete cascade,
  position integer not null check (position > 0),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  item_id uuid references offhook.menu_items on delete set null,
  name text not null,
  quantity integer not null check (quantity between 1 and 50),
  price_minor bigint not null check (price_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  primary key (order_id, position)
);
comment on table offhook.order_lines is
  'What stands in an order, with name and price of that moment; the price is of one.';
create index on offhook.order_lines (item_id);
call offhook.isolate('offhook.order_lines');
