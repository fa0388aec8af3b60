import { createHash } from 'node:crypto';
import type { OpenaiRealtimeOptions } from './options.ts';

/**
 * Where a link goes and what it shows there. No `OpenAI-Beta` header: the vendor ends sessions that
 * send it. An end-user identifier leaves the house only as a hash.
 */
export function targetOf(options: OpenaiRealtimeOptions) {
  const url = new URL(options.url);
  url.searchParams.set('model', options.model);
  const { apiKey, organization, project, safetyIdentifier } = options;
  return {
    url: url.href,
    headers: {
      ...(apiKey !== null && { Authorization: `Bearer ${apiKey}` }),
      ...(organization !== null && { 'OpenAI-Organization': organization }),
      ...(project !== null && { 'OpenAI-Project': project }),
      ...(safetyIdentifier !== null && { 'OpenAI-Safety-Identifier': sha256(safetyIdentifier) }),
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
