import type { ErrorCode } from '../runtime/errors.ts';

/**
 * Longest output that a model is given, in bytes of UTF-8. About 4,000 tokens: an eighth of the
 * 32,768-token window of a realtime session, which also holds the audio of the call.
 */
export const outputBytesMax = 16_384;

/**
 * What a model is told of a tool that ran: `{"result": …}`, data inside one JSON value. A longer
 * one becomes `{"truncated": true, "resultBytes": N, "result": "<the first part of its JSON
 * text>"}`.
 */
export function resultOutput(result: unknown): string {
  const text = JSON.stringify(result) ?? 'null';
  const output = `{"result":${text}}`;
  if (Buffer.byteLength(output) <= outputBytesMax) return output;
  const resultBytes = Buffer.byteLength(text);
  let cut = '';
  let length = Math.min(text.length, outputBytesMax);
  do {
    // Quotes and letters beyond ASCII take more than one byte each: shorten until it fits.
    length = Math.floor(length * 0.9);
    const result = text.slice(0, length).toWellFormed();
    cut = JSON.stringify({ truncated: true, resultBytes, result });
  } while (Buffer.byteLength(cut) > outputBytesMax);
  return cut;
}

/** What a model is told of a tool that did not: `{"error": {"code", "message"}}`. */
export function errorOutput(code: ErrorCode, message: string): string {
  return JSON.stringify({ error: { code, message } });
}
