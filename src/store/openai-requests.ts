import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** What the operator wants written of requests to OpenAI. */
export interface OpenaiRequestLog {
  /** On every row, for whoever splits costs or limits by them. */
  readonly tags: readonly string[];
  readonly quotaTag: string | null;
}

/** Whether any of these entries, as a JSON array, may be of a request. */
export function holdsRequest(entries: Buffer): boolean {
  return entries.includes('"type":"reply"') || entries.includes('"type":"link"');
}

/**
 * Copies what entries tell of requests to OpenAI into `openai_debug_events`: each Realtime session
 * that was opened or broke off, and each reply with its usage. Sessions with other providers have
 * none. A row's id follows from its entry, so that it is there once however often it is copied.
 */
export async function insertOpenaiRequests(
  rows: Kysely<Tables>,
  entries: Buffer,
  { tags, quotaTag }: OpenaiRequestLog,
): Promise<void> {
  const { sql } = await import('kysely');
  await sql`
    insert into openai_debug_events (
      id, response_id, model, endpoint, outcome, error_code, latency_ms, input_tokens,
      output_tokens, cost_usd_micros, session_id, call_id, tags, quota_tag, metadata, created_at
    )
    select md5(session.id || ' ' || (entry->>'sequence'))::uuid, entry->>'replyId', session.model,
      case entry->>'type' when 'link' then 'realtime.session' else 'realtime.response' end,
      case
        when entry->>'outcome' = 'cancelled' then 'aborted'
        when entry->>'outcome' = 'failed' or entry->>'state' = 'lost' then 'failed'
        else 'succeeded'
      end,
      coalesce(entry->>'errorCode', case entry->>'state' when 'lost' then entry->>'reason' end),
      (entry->>'tookMs')::float8,
      (usage->>'inputTextTokens')::int + (usage->>'inputAudioTokens')::int,
      (usage->>'outputTextTokens')::int + (usage->>'outputAudioTokens')::int,
      (usage->>'costUsdMicros')::float8::bigint, session.id, session.call_id, ${tags}::text[],
      ${quotaTag}::text,
      jsonb_strip_nulls(jsonb_build_object(
        'usage', usage, 'reason', entry->>'reason', 'transport', session.transport,
        'persona', session.persona
      )),
      to_timestamp((entry->>'atEpochMs')::float8 / 1000)
    from jsonb_array_elements(${entries}::text::jsonb) as entry
    join sessions as session on session.id = entry->>'sessionId',
      nullif(entry->'usage', 'null') as usage
    where session.provider = 'openai_realtime'
      and (entry->>'type' = 'reply' or entry->>'state' in ('ready', 'lost'))
    on conflict (id) do nothing`.execute(rows);
}
