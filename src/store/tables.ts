import type { ColumnType, Generated } from 'kysely';
import type { Role } from '../runtime/role.ts';

/** Text of JSON when written, what it holds when read. */
type Json<Value = unknown> = ColumnType<Value, string, string>;
/** Set by the database, and left as it was set. */
type CreatedAt = ColumnType<Date, never, never>;
/** Whose row it is: by default the organisation of the transaction. */
type OrganisationId = ColumnType<string, string | undefined, never>;
/** `2026-05-01`, as text on every engine: a day has no time zone. */
type Day = string;

/**
 * The tables of schema `offhook` as `migrations/` make them. Money is whole minor units of its
 * currency by ISO 4217 (RWF has none: 4500 is 4500 francs; 450 EUR cents are 4.50).
 */
export interface Tables {
  organisations: OrganisationsTable;
  sessions: SessionsTable;
  journal_entries: JournalEntriesTable;
  journal_positions: JournalPositionsTable;
  forgotten_sessions: ForgottenSessionsTable;
  openai_debug_events: OpenaiDebugEventsTable;
  menu_items: MenuItemsTable;
  pairings: PairingsTable;
  gl_accounts: GlAccountsTable;
  gl_entries: GlEntriesTable;
  tax_rules: TaxRulesTable;
  api_keys: ApiKeysTable;
  audit_log: AuditLogTable;
  orders: OrdersTable;
  order_lines: OrderLinesTable;
}

export interface OrganisationsTable {
  id: Generated<string>;
  slug: string;
  name: string;
  created_at: CreatedAt;
}

/** One row a session, made of its first and last journal entry. */
export interface SessionsTable {
  id: string;
  organisation_id: OrganisationId;
  provider: string | null;
  model: string | null;
  transport: string | null;
  persona: string | null;
  trust: string | null;
  call_id: string | null;
  caller_number: string | null;
  dialled_number: string | null;
  started_at: Date;
  /** With `end_cause` and `duration_ms`: `null` while it goes on. */
  ended_at: Date | null;
  end_cause: string | null;
  duration_ms: number | null;
  agent_heard_ms: number | null;
}

export interface JournalEntriesTable {
  organisation_id: OrganisationId;
  session_id: string;
  sequence: number;
  type: string;
  at: Date;
  /** The whole `JournalEntry`. */
  entry: Json;
}

/** How far the segment files of one journal have been copied. */
export interface JournalPositionsTable {
  journal_id: string;
  organisation_id: OrganisationId;
  segment: number;
  bytes: number;
}

/** Sessions that must not come back from a file. */
export interface ForgottenSessionsTable {
  session_id: string;
  organisation_id: OrganisationId;
  forgotten_at: CreatedAt;
}

/** One row a request to OpenAI, whatever became of it. */
export interface OpenaiDebugEventsTable {
  id: Generated<string>;
  /** The response header `x-request-id`; `null` when none came. */
  request_id: string | null;
  response_id: string | null;
  model: string | null;
  /** As in `responses.create`, `realtime.response`. */
  endpoint: string;
  status_code: number | null;
  outcome: 'succeeded' | 'failed' | 'aborted';
  error_code: string | null;
  latency_ms: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_usd_micros: number | null;
  org_id: string | null;
  session_id: string | null;
  run_id: string | null;
  call_id: string | null;
  tags: Generated<string[]>;
  quota_tag: string | null;
  /** `usage`, `request`, `extras`, `tags`, `quota_tag`. */
  metadata: ColumnType<unknown, string | undefined, string>;
  debug: Json | null;
  created_at: ColumnType<Date, Date | undefined, never>;
}

export interface MenuItemsTable {
  id: Generated<string>;
  organisation_id: OrganisationId;
  /** The restaurant, as in `Kigali`. */
  venue: string;
  name: string;
  description: string;
  price_minor: number;
  /** ISO 4217. */
  currency: string;
  image_url: string | null;
  is_available: Generated<boolean>;
  is_demo: Generated<boolean>;
  /** Words of name and description, for full-text search by the configuration `simple`. */
  search: ColumnType<string, never, never>;
  created_at: CreatedAt;
}

export interface PairingsTable {
  id: Generated<string>;
  organisation_id: OrganisationId;
  item_id: string;
  /** What goes with it, if that is on the menu. */
  paired_item_id: string | null;
  text: string;
  /** 1 is recommended first. */
  rank: Generated<number>;
  is_demo: Generated<boolean>;
}

export type GlCategory =
  | 'revenue'
  | 'cogs'
  | 'operating_expense'
  | 'depreciation'
  | 'amortisation'
  | 'interest'
  | 'tax'
  | 'asset'
  | 'liability'
  | 'equity';

export interface GlAccountsTable {
  id: Generated<string>;
  organisation_id: OrganisationId;
  code: string;
  name: string;
  category: GlCategory;
  is_demo: Generated<boolean>;
}

export interface GlEntriesTable {
  id: Generated<string>;
  organisation_id: OrganisationId;
  account_id: string;
  posted_on: Day;
  /** Debits above zero, credits below: revenue is below. */
  amount_minor: number;
  currency: string;
  memo: string | null;
  is_demo: Generated<boolean>;
}

export interface TaxRulesTable {
  id: Generated<string>;
  organisation_id: OrganisationId;
  /** ISO 3166-1 alpha-2, with a subdivision where it has one: `US-CA`. `EU` for the Union. */
  jurisdiction: string;
  topic: string;
  rule: string;
  notes: string | null;
  /** The law or the authority's publication, so that a person can look it up. */
  source: string;
  effective_from: Day | null;
  effective_to: Day | null;
  is_demo: Generated<boolean>;
  search: ColumnType<string, never, never>;
}

export interface ApiKeysTable {
  /** 12 of [0-9a-z]: what stands between `ofk_` and the secret. */
  id: string;
  organisation_id: OrganisationId;
  name: string;
  role: Role;
  /** In hexadecimal. */
  secret_sha256: string;
  created_at: CreatedAt;
  expires_at: Date | null;
  revoked_at: Date | null;
  /** To the minute. */
  last_used_at: Date | null;
}

/** The gateway adds rows and reads them; it changes and deletes none. */
export interface AuditLogTable {
  id: ColumnType<number, never, never>;
  organisation_id: OrganisationId;
  at: Date;
  actor_kind: 'operator' | 'key' | 'user' | 'stranger';
  actor_id: string | null;
  action: string;
  target: string | null;
  outcome: 'done' | 'refused';
  peer_address: string | null;
  request_id: string | null;
}

/** One row an order, however often the tool call that placed it is run. */
export interface OrdersTable {
  id: Generated<string>;
  organisation_id: OrganisationId;
  session_id: string;
  tool_call_id: string;
  venue: string;
  placed_at: CreatedAt;
}

export interface OrderLinesTable {
  order_id: string;
  /** From 1, in the order in which they were ordered. */
  position: number;
  organisation_id: OrganisationId;
  /** `null` once it has gone from the menu. */
  item_id: string | null;
  name: string;
  quantity: number;
  /** Of one, in minor units of the currency, when it was ordered. */
  price_minor: number;
  currency: string;
}
