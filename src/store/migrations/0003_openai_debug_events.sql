-- Rows of no organisation are the gateway's own; members of an organisation do not see them.
create table offhook.openai_debug_events (
  id uuid primary key default gen_random_uuid(),
  request_id text,
  response_id text,
  model text,
  endpoint text not null,
  status_code integer,
  outcome text not null check (outcome in ('succeeded', 'failed', 'aborted')),
  error_code text,
  latency_ms double precision,
  input_tokens integer,
  output_tokens integer,
  cost_usd_micros bigint,
  org_id uuid default offhook.current_organisation()
    references offhook.organisations on delete set null,
  session_id text,
  run_id text,
  call_id text,
  tags text[] not null default '{}',
  quota_tag text,
  metadata jsonb not null default '{}',
  debug jsonb,
  created_at timestamptz not null default now()
);
comment on table offhook.openai_debug_events is
  'Every request to OpenAI, whatever became of it. request_id is the x-request-id of the answer.';
create index on offhook.openai_debug_events (created_at);
create index on offhook.openai_debug_events (endpoint, created_at);
create index on offhook.openai_debug_events (model, created_at);
create index on offhook.openai_debug_events (session_id) where session_id is not null;
create index on offhook.openai_debug_events using gin (tags);
call offhook.isolate('offhook.openai_debug_events', 'org_id');
