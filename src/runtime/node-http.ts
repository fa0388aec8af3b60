/**
 * Node's HTTP. An `import` of `node:http` would read all names that it exports, among them
 * `WebSocket`, for which Node loads a second HTTP client: 12 ms of a start.
 */
export function nodeHttp() {
  return process.getBuiltinModule('node:http');
}
