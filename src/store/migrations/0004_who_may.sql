create table offhook.api_keys (
  id text primary key check (id ~ '^[0-9a-z]{12}$'),
  organisation_id uuid not null default offhook.current_organisation()
    references offhook.organisations on delete cascade,
  name text not null check (length(name) between 1 and 100),
  role text not null check (role in ('EMPLOYEE', 'MANAGER', 'SYSTEM_ADMIN')),
  secret_sha256 text not null check (secret_sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
comment on table offhook.api_keys is
  'Keys of the HTTP API: of the secret there is its SHA-256 alone. Revoked ones are kept.';
create index on offhook.api_keys (organisation_id, created_at);
call offhook.isolate('offhook.api_keys', is_for_members => false);
-- Whoever shows a key names its id, and is of no organisation until it has been checked.
create policy shown on offhook.api_keys for select to offhook_gateway
  using (id = (select nullif(current_setting('offhook.api_key_id', true), '')));

-- No foreign key: it outlives the organisation, and tells of tokens whose organisation is unknown.
create table offhook.audit_log (
  id bigint generated always as identity primary key,
  organisation_id uuid not null default offhook.current_organisation(),
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('operator', 'key', 'user', 'stranger')),
  actor_id text,
  action text not null,
  target text,
  outcome text not null check (outcome in ('done', 'refused')),
  peer_address text,
  request_id text
);
comment on table offhook.audit_log is
  'Who did what to what by the API and the command line, when, from where, and what came of it.';
create index on offhook.audit_log (organisation_id, at);
call offhook.isolate('offhook.audit_log', is_for_members => false);
-- What is written stays: only the owner of the database deletes.
revoke update, delete on offhook.audit_log from offhook_gateway;
