/** Version 00 of W3C Trace Context; an id of nothing but zeros is none. */
const shape = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The value of the header `traceparent`, when it is one. */
export function traceParent(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && shape.test(header) ? header : undefined;
}
