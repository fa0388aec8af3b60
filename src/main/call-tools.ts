import type { Config } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import type { Transactions } from '../tools/data-query.ts';
import { dataTools } from '../tools/data-tools.ts';
import { handoff } from '../tools/handoff.ts';
import { hangUpCall } from '../tools/hang-up-call.ts';
import { httpTool } from '../tools/http-tool.ts';
import { requestTranscript } from '../tools/request-transcript.ts';
import { sendEmailSummary } from '../tools/send-email-summary.ts';
import { smtpMailer } from '../tools/smtp-mailer.ts';
import { sqlTool } from '../tools/sql-tool.ts';
import type { Tool } from '../tools/tool.ts';
import { TranscriptOutbox } from '../tools/transcript-outbox.ts';
import type { CallRecord } from '../tools/transcript-text.ts';
import { leaveVoicemail, transferCall } from '../tools/transfer-call.ts';
import type { JournalFollower } from './followed-journal.ts';

/** Tools that there are only where they are configured. */
export const optionalToolNames = [
  'attended_transfer',
  'complete_transfer',
  'leave_voicemail',
  'send_email_summary',
  'request_transcript',
];

interface CallToolParts {
  readonly database: Transactions;
  readonly record: CallRecord;
}

/** Every tool of the first configuration but those that need Asterisk's interface. */
export function callTools(configNow: () => Config, parts: CallToolParts): readonly Tool[] {
  const config = configNow();
  const { own_tools, voicemail } = config;
  return [
    hangUpCall,
    handoff,
    ...dataTools(parts.database),
    transferCall(() => configNow().directory),
    ...(voicemail.destination === null ? [] : [leaveVoicemail(voicemail.destination)]),
    ...mailTools(config, parts.record),
    ...Object.entries(own_tools).map(([name, settings]) =>
      settings.kind === 'http' ? httpTool(name, settings) : sqlTool(name, settings, parts.database),
    ),
  ];
}

function mailTools(config: Config, record: CallRecord): readonly Tool[] {
  const mail = mailOf(config);
  if (mail === null) return [];
  const journalDirectory = config.journal.dir;
  return [sendEmailSummary({ ...mail, record }), requestTranscript({ ...mail, journalDirectory })];
}

/** What mails need; `null` where none can be sent. */
function mailOf({ mail }: Config) {
  const { host, port, security, user, password, from, operator_address, step_timeout_ms } = mail;
  if (host === null || from === null || operator_address === null) return null;
  const settings = { host, port, security, user, password, from, stepMsMax: step_timeout_ms };
  return { mailer: smtpMailer(settings), operatorAddress: operator_address };
}

/** Mails the transcripts that `request_transcript` was asked for, if there is mail at all. */
export function transcriptOutbox(
  config: Config,
  parts: {
    readonly record: CallRecord;
    readonly clock: Clock;
    readonly log: Log;
    readonly metrics: Metrics;
  },
): Closer & JournalFollower {
  const mail = mailOf(config);
  if (mail === null) return { follow: () => undefined, close: async () => undefined };
  const log = parts.log.child('tools');
  const { mailer } = mail;
  return new TranscriptOutbox({ ...parts, log, mailer, journalDirectory: config.journal.dir });
}
