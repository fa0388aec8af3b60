import { GatewayError } from '../runtime/errors.ts';
import type { Mail, Mailer } from './mail.ts';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte. `starttls`: before anything is said, or not at all. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string | null;
  readonly password: string | null;
  readonly from: string;
  /** Each of: connecting, the greeting, silence on the line. */
  readonly stepMsMax: number;
  /** What the server's certificate may be signed by, in PEM, beside the authorities of Node. */
  readonly ca?: string;
}

/** Sends by SMTP, a connection a mail. The library is loaded with the first one. */
export function smtpMailer(settings: SmtpSettings): Mailer {
  return { send: (mail, signal) => send(settings, mail, signal) };
}

async function send(settings: SmtpSettings, mail: Mail, signal?: AbortSignal): Promise<void> {
  const { createTransport } = await import('nodemailer');
  const { host, port, security, user, password, stepMsMax, ca } = settings;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== null && { auth: { user, pass: password ?? '' } }),
    ...(ca !== undefined && { tls: { ca } }),
    connectionTimeout: stepMsMax,
    greetingTimeout: stepMsMax,
    socketTimeout: stepMsMax,
    // A text is a text: it names no file and no address to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = (): void => transport.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await transport.sendMail({
      from: settings.from,
      to: { name: '', address: mail.to },
      subject: oneLine(mail.subject),
      text: mail.text,
      messageId: `<${mail.id}@offhook.invalid>`,
    });
  } catch (thrown) {
    // What the server said may name hosts and accounts: it is the cause, which is for the log.
    const message = 'the mail was not sent: the mail server did not take it';
    throw new GatewayError('MAIL_NOT_SENT', message, {}, thrown);
  } finally {
    signal?.removeEventListener('abort', stop);
    transport.close();
  }
}

/** A line break in a header would begin another header. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
