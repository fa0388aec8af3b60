import type { Config } from '../config/schema.ts';
import type { Transactions } from '../tools/data-query.ts';
import { httpTool } from '../tools/http-tool.ts';
import { sendEmailSummary } from '../tools/send-email-summary.ts';
import { smtpMailer } from '../tools/smtp-mailer.ts';
import { sqlTool } from '../tools/sql-tool.ts';
import type { Tool } from '../tools/tool.ts';
import type { CallRecord } from '../tools/transcript-text.ts';
import { leaveVoicemail, transferCall } from '../tools/transfer-call.ts';

/** Tools that there are only where they are configured. */
export const optionalToolNames = [
  'attended_transfer',
  'transfer_call',
  'leave_voicemail',
  'send_email_summary',
];

/** The tools that the configuration asks for: those that hand on, those that mail, its own. */
export function callTools(
  config: Config,
  parts: { readonly database: Transactions; readonly record: CallRecord },
): readonly Tool[] {
  const { directory, voicemail, own_tools } = config;
  const transfer = transferCall(directory);
  return [
    ...(transfer === null ? [] : [transfer]),
    ...(voicemail.destination === null ? [] : [leaveVoicemail(voicemail.destination)]),
    ...mailTools(config, parts.record),
    ...Object.entries(own_tools).map(([name, settings]) =>
      settings.kind === 'http' ? httpTool(name, settings) : sqlTool(name, settings, parts.database),
    ),
  ];
}

function mailTools({ mail }: Config, record: CallRecord): readonly Tool[] {
  const { host, port, security, user, password, from, operator_address, step_timeout_ms } = mail;
  if (host === null || from === null || operator_address === null) return [];
  const settings = { host, port, security, user, password, from, stepMsMax: step_timeout_ms };
  const mailer = smtpMailer(settings);
  return [sendEmailSummary({ mailer, operatorAddress: operator_address, record })];
}
