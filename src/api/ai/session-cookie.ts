/** Tells a client's next request which session is its own, where it keeps cookies. */
const cookieName = 'offhook_ai_session';
/** As the gateway makes them. */
const sessionIdShape = /^sess_[0-9a-z]{21}$/;

/** The session that the header `Cookie` names, if it does. */
export function sessionIdOfCookie(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === cookieName && value !== undefined && sessionIdShape.test(value)) return value;
  }
  return undefined;
}

/**
 * The header `Set-Cookie` (RFC 6265bis). The id has 108 bits of chance, and is of use only to the
 * principal that opened the session. No end: it lasts as long as the browser.
 */
export function sessionCookie(sessionId: string): string {
  return `${cookieName}=${sessionId}; Path=/ai; HttpOnly; SameSite=Strict`;
}
