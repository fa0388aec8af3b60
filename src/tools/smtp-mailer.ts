import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
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
  /**
   * What the server's certificate may be signed by, in PEM, in place of the authorities of Node.
   */
  readonly ca?: string;
}

/** Sends by SMTP, a connection a mail. The library is loaded with the first one. */
export function smtpMailer(settings: SmtpSettings): Mailer {
  return { send: (mail, signal) => send(settings, mail, signal) };
}

async function send(settings: SmtpSettings, mail: Mail, signal?: AbortSignal): Promise<void> {
  const message = await composed(settings.from, mail);
  const connection = await connectionTo(settings);
  // The server answers DATA first and asks for the message then: from there on it may have it.
  let isHandedOver = false;
  const body = Readable.from(
    (function* () {
      isHandedOver = true;
      yield message;
    })(),
  );
  const stop = (): void => connection.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    await deliver(connection, settings, { to: mail.to, body });
  } catch (thrown) {
    throw failureOf(thrown, isHandedOver);
  } finally {
    signal?.removeEventListener('abort', stop);
    connection.close();
  }
}

async function composed(from: string, mail: Mail): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const composer = new MailComposer({
    from,
    to: { name: '', address: mail.to },
    subject: oneLine(mail.subject),
    text: mail.text,
    messageId: `<${mail.id}@offhook.invalid>`,
    // A text is a text: it names no file and no address to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}

async function connectionTo(settings: SmtpSettings): Promise<SMTPConnection> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const { host, port, security, stepMsMax, ca } = settings;
  return new Connection({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(ca !== undefined && { tls: { ca } }),
    connectionTimeout: stepMsMax,
    greetingTimeout: stepMsMax,
    socketTimeout: stepMsMax,
  });
}

type Answered = (error?: Error | null) => void;

async function deliver(
  connection: SMTPConnection,
  { from, user, password }: SmtpSettings,
  { to, body }: { readonly to: string; readonly body: Readable },
): Promise<void> {
  const lost = new Promise<never>((_resolve, reject) => {
    connection.on('error', reject);
    connection.once('end', () => reject(new Error('the connection was closed')));
  });
  const step = async (take: (answered: Answered) => void): Promise<void> => {
    const taken = new Promise<void>((resolve, reject) => {
      take((error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([taken, lost]);
  };
  await step((answered) => connection.connect(answered));
  if (user !== null) {
    const credentials = { user, pass: password ?? '' };
    await step((answered) => connection.login({ credentials }, answered));
  }
  await step((answered) => connection.send({ from, to: [to] }, body, answered));
}

/** What the server said may name hosts and accounts: it is the cause, which is for the log. */
function failureOf(thrown: unknown, isHandedOver: boolean): GatewayError {
  // `EMESSAGE`: it had all of it and said no.
  const isRefused = thrown instanceof Error && 'code' in thrown && thrown.code === 'EMESSAGE';
  if (!isHandedOver || isRefused) {
    const message = 'the mail was not sent: the mail server did not take it';
    return new GatewayError('MAIL_NOT_SENT', message, {}, thrown);
  }
  const message = 'whether the mail was sent is not known: the mail server did not confirm it';
  return new GatewayError('MAIL_OUTCOME_UNKNOWN', message, {}, thrown);
}

/** A line break in a header would begin another header. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
