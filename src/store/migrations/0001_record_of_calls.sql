-- Whoever runs the gateway owns nothing: it works as this role, and row-level security decides what
-- it sees. `grant offhook_gateway to LOGIN` lets another login run the gateway.
do $$
begin
  if not exists (select from pg_roles where rolname = 'offhook_gateway') then
    create role offhook_gateway nologin;
  end if;
  begin
    execute format('grant offhook_gateway to %I', current_user);
  exception
    -- Somebody else made the role: they have granted it, or the next statement says so.
    when insufficient_privilege then null;
  end;
  set local role offhook_gateway;
  reset role;
end
$$;

grant usage on schema offhook to offhook_gateway;

do $$
declare
  role_name text;
begin
  for role_name in
    select rolname from pg_roles where rolname in ('authenticated', 'service_role')
  loop
    execute format('grant usage on schema offhook to %I', role_name);
  end loop;
end
$$;

-- The organisation that the gateway works for in this transaction.
create function offhook.current_organisation() returns uuid
language sql stable
return nullif(current_setting('offhook.organisation_id', true), '')::uuid;

-- The organisation of whoever asks through PostgREST. `app_metadata` is written by the operator
-- alone; users of Supabase write `user_metadata`.
create function offhook.claimed_organisation() returns uuid
language sql stable
return (
  nullif(current_setting('request.jwt.claims', true), '')::jsonb
    -> 'app_metadata' ->> 'organisation_id'
)::uuid;

-- Puts a table under row-level security, for its owner too: the gateway sees and writes the rows of
-- its organisation; members of an organisation read its rows where `is_for_members` and Supabase's
-- roles are there. Every table passes through here.
create procedure offhook.isolate(
  table_name regclass,
  organisation_column name default 'organisation_id',
  is_for_members boolean default true
)
language plpgsql
as $$
begin
  execute format('alter table %s enable row level security', table_name);
  execute format('alter table %s force row level security', table_name);
  execute format('grant select, insert, update, delete on %s to offhook_gateway', table_name);
  execute format(
    'create policy gateway on %1$s to offhook_gateway '
    'using (%2$I = (select offhook.current_organisation())) '
    'with check (%2$I = (select offhook.current_organisation()))',
    table_name, organisation_column
  );
  if is_for_members and exists (select from pg_roles where rolname = 'authenticated') then
    execute format('grant select on %s to authenticated', table_name);
    execute format(
      'create policy members on %s for select to authenticated '
      'using (%I = (select offhook.claimed_organisation()))',
      table_name, organisation_column
    );
  end if;
  if exists (select from pg_roles where rolname = 'service_role') then
    execute format('grant select, insert, update, delete on %s to service_role', table_name);
  end if;
end
$$;
revoke execute on procedure offhook.isolate from public;

create table offhook.organisations (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text not null,
  created_at timestamptz not null default now()
);
comment on table offhook.organisations is 'Who shares one gateway without seeing each other.';
insert into offhook.organisations (id, slug, name)
values ('00000000-0000-4000-8000-000000000001', 'default', 'Default');
call offhook.isolate('offhook.organisations', 'id');

create table offhook.sessions (
  id text primary key,
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  provider text,
  model text,
  transport text,
  persona text,
  trust text,
  call_id text,
  caller_number text,
  dialled_number text,
  started_at timestamptz not null,
  ended_at timestamptz,
  end_cause text,
  duration_ms double precision,
  agent_heard_ms double precision
);
comment on table offhook.sessions is
  'One row a conversation, made of its first and its last journal entry.';
create index on offhook.sessions (organisation_id, started_at);
create index on offhook.sessions (caller_number) where caller_number is not null;
call offhook.isolate('offhook.sessions');

-- No foreign key to sessions: an entry may come without a first one, and checking each would halve
-- the rate at which the journal is copied.
create table offhook.journal_entries (
  organisation_id uuid not null default offhook.current_organisation(),
  session_id text not null,
  sequence integer not null check (sequence >= 0),
  type text not null,
  at timestamptz not null,
  entry jsonb not null,
  primary key (session_id, sequence)
);
comment on table offhook.journal_entries is
  'The copy of the journal''s segment files: every entry once, in order within its session.';
call offhook.isolate('offhook.journal_entries');

create table offhook.journal_positions (
  journal_id uuid primary key,
  organisation_id uuid not null default offhook.current_organisation(),
  segment integer not null,
  bytes bigint not null
);
comment on table offhook.journal_positions is
  'How far the segment files of each journal have been copied; moves in the transaction of the copy.';
call offhook.isolate('offhook.journal_positions', is_for_members => false);

create table offhook.forgotten_sessions (
  session_id text primary key,
  organisation_id uuid not null default offhook.current_organisation(),
  forgotten_at timestamptz not null default now()
);
comment on table offhook.forgotten_sessions is
  'Sessions that were deleted on request and must not come back from a file.';
call offhook.isolate('offhook.forgotten_sessions', is_for_members => false);
