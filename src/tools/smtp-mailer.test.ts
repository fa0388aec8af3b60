import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../runtime/errors.ts';
import { smtpMailer } from './smtp-mailer.ts';
import { localhostCertificate } from './testing/localhost-certificate.ts';
import { mailReplies, mailServer, scriptedMailServer } from './testing/mail-server.ts';

const mail = { to: 'desk@example.org', subject: 'Call\r\nBcc: x@y.z', text: 'Hi.', id: 's1' };

const code = (expected: string) => (thrown: unknown) =>
  thrown instanceof GatewayError && thrown.code === expected;

const inClear = { disabledCommands: ['STARTTLS'] };
const wordOf = (line: string) => line.split(' ', 1)[0] ?? '';

test('a mail reaches an SMTP server whole, and a wrong password is told', async (t) => {
  const { received, settings } = await mailServer(t, {
    ...inClear,
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      if (password === 'right') done(null, { user: username });
      else done(new Error('wrong'));
    },
  });
  const account = { ...settings, user: 'desk', password: 'right' };
  const text = 'Hi.\n.\n..and more';
  await smtpMailer(account).send({ ...mail, text });
  assert.equal(received.length, 1);
  assert.match(received[0] ?? '', /^Subject: Call Bcc: x@y\.z\r$/m);
  assert.match(received[0] ?? '', /^Message-ID: <s1@offhook\.invalid>\r$/m);
  assert.ok(received[0]?.includes('\r\n\r\nHi.\r\n.\r\n..and more'));
  assert.doesNotMatch(received[0] ?? '', /^Bcc:/m);
  const refused = smtpMailer({ ...account, password: 'wrong' }).send(mail);
  await assert.rejects(refused, code('MAIL_NOT_SENT'));
  // No TLS where TLS was asked for: nothing is said in clear.
  const unsafe = smtpMailer({ ...account, security: 'starttls' }).send(mail);
  await assert.rejects(unsafe, code('MAIL_NOT_SENT'));
  assert.equal(received.length, 1);
});

test('STARTTLS and TLS carry a mail to a server that proves its name, and no other', async (t) => {
  for (const security of ['starttls', 'tls'] as const) {
    const { received, settings } = await mailServer(t, {
      ...localhostCertificate,
      secure: security === 'tls',
    });
    const { cert } = localhostCertificate;
    const named = { ...settings, host: 'localhost', security };
    await smtpMailer({ ...named, ca: cert }).send(mail);
    assert.equal(received.length, 1);
    await assert.rejects(smtpMailer(named).send(mail), code('MAIL_NOT_SENT'));
    const byAddress = smtpMailer({ ...settings, security, ca: cert }).send(mail);
    await assert.rejects(byAddress, code('MAIL_NOT_SENT'));
    assert.equal(received.length, 1);
  }
});

test('a recipient or a text that the server refuses is told as not sent', async (t) => {
  const noRecipient = await mailServer(t, {
    ...inClear,
    onRcptTo: (_address, _session, done) => done(new Error('no such user')),
  });
  await assert.rejects(smtpMailer(noRecipient.settings).send(mail), code('MAIL_NOT_SENT'));
  const noText = await mailServer(t, {
    ...inClear,
    onData(stream, _session, done) {
      stream.resume().on('end', () => done(new Error('looks like spam')));
    },
  });
  await assert.rejects(smtpMailer(noText.settings).send(mail), code('MAIL_NOT_SENT'));
});

test('a server that has the whole mail and goes leaves its fate unknown', async (t) => {
  const { settings } = await scriptedMailServer(t, (line, socket) => {
    if (line === '.') socket.destroy();
    return mailReplies[wordOf(line)] ?? null;
  });
  await assert.rejects(smtpMailer(settings).send(mail), code('MAIL_OUTCOME_UNKNOWN'));
});

test('a server that hangs is left when the sender gives up, before and after DATA', async (t) => {
  for (const [hangsAt, expected] of [
    ['EHLO', 'MAIL_NOT_SENT'],
    ['RCPT', 'MAIL_NOT_SENT'],
    ['.', 'MAIL_OUTCOME_UNKNOWN'],
  ] as const) {
    const stop = new AbortController();
    const { settings, clientGone } = await scriptedMailServer(t, (line) => {
      if (wordOf(line) === hangsAt) stop.abort();
      return stop.signal.aborted ? null : (mailReplies[wordOf(line)] ?? null);
    });
    await assert.rejects(smtpMailer(settings).send(mail, stop.signal), code(expected));
    await clientGone;
  }
});

test('nothing is sent once the sender has given up', async (t) => {
  const { received, settings } = await mailServer(t, inClear);
  await assert.rejects(smtpMailer(settings).send(mail, AbortSignal.abort()), code('MAIL_NOT_SENT'));
  assert.deepEqual(received, []);
});
