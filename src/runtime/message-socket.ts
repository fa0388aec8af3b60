/**
 * What a message socket tells its owner. Each is called on the event loop, never from inside a
 * method.
 */
export interface MessageSocketEvents {
  onOpen(): void;
  /** One whole text message as UTF-8 bytes, valid only during the call: copy what you keep. */
  onMessage(message: Buffer): void;
  /**
   * Last event, exactly once, also when opening failed. `httpStatus` is set if an upgrade was
   * refused.
   */
  onClose(close: SocketClose): void;
}

export interface SocketClose {
  /** WebSocket close code (RFC 6455 §7.4); 1006 when the connection ended without one. */
  readonly code: number;
  readonly reason: string;
  readonly httpStatus?: number;
  /** The refusing server's body, at most 4 kB, when an upgrade was refused. */
  readonly httpBody?: string;
  readonly error?: Error;
}

/**
 * A connection that carries whole text messages both ways: a WebSocket, or two ends of a pipe in
 * memory. All methods are safe after the close: they do nothing.
 */
export interface MessageSocket {
  /**
   * Sends one message. The bytes are copied or sent before it returns: the caller may reuse them.
   */
  send(message: string | Uint8Array): void;
  /** Bytes accepted by `send` that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** Sends a keep-alive; `onPong` fires when the far end answered. Pipes answer at once. */
  ping(onPong: () => void): void;
  /** Starts the closing handshake; gives up waiting for the far end after a bounded time. */
  close(code: number, reason: string): void;
}

/** Opens a connection. Never throws: a failure arrives as `onClose`. */
export type ConnectMessageSocket = (
  target: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  events: MessageSocketEvents,
) => MessageSocket;
