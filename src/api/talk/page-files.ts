import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of the page beside this one, and what they are. */
const types = {
  'talk.html': 'text/html; charset=utf-8',
  'talk.svg': 'image/svg+xml',
  'talk.css': 'text/css; charset=utf-8',
  'talk.js': 'text/javascript; charset=utf-8',
  'awake.js': 'text/javascript; charset=utf-8',
  'call.js': 'text/javascript; charset=utf-8',
  'line-watch.js': 'text/javascript; charset=utf-8',
  'sound.js': 'text/javascript; charset=utf-8',
  'transcript.js': 'text/javascript; charset=utf-8',
  'plain-words.js': 'text/javascript; charset=utf-8',
  'capture.worklet.js': 'text/javascript; charset=utf-8',
  'playback.worklet.js': 'text/javascript; charset=utf-8',
  'resampler.js': 'text/javascript; charset=utf-8',
  'jitter-buffer.js': 'text/javascript; charset=utf-8',
} as const;

export type PageFile = keyof typeof types;

export function isPageFile(name: string): name is PageFile {
  return Object.hasOwn(types, name);
}

export async function pageFile(
  name: PageFile,
): Promise<{ readonly type: string; readonly bytes: Buffer }> {
  return { type: types[name], bytes: await readFile(join(import.meta.dirname, 'page', name)) };
}

/** A host as it may stand in a header; anything else is left out. */
const hostShape = /^[\w.:[\]-]{1,255}$/;

/**
 * What the browser may do on the page: run and load what comes from here, nothing else; speak to
 * this very host; use the microphone. Nobody may put the page into a frame of theirs.
 */
export function pageHeaders(host: string | undefined): Readonly<Record<string, string>> {
  // Not every browser takes 'self' for the WebSockets of the same host.
  const sockets = host !== undefined && hostShape.test(host) ? ` ws://${host} wss://${host}` : '';
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'${sockets}; ` +
      "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'permissions-policy': 'microphone=(self), camera=(), geolocation=(), display-capture=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-cache',
  };
}
