import type { Closer } from './closer.ts';

/**
 * What a byte socket tells its owner. Each is called on the event loop, never from inside a method.
 */
export interface ByteSocketEvents {
  /** Bytes in order, cut anywhere, valid only during the call: copy what you keep. */
  onBytes(bytes: Uint8Array): void;
  /** Everything written has been taken by the operating system. */
  onDrain(): void;
  /** Last event, exactly once. FIN and RST both end a stream; `how` tells them apart. */
  onEnd(how: 'fin' | 'reset' | 'error', error?: Error): void;
}

/** A stream of bytes both ways: a TCP connection, or one end of a pipe in the simulator. */
export interface ByteSocket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Must be called once, synchronously after the socket is received. */
  listen(events: ByteSocketEvents): void;
  /** Takes the bytes in one piece. The caller must not change them until `onDrain` or the end. */
  write(bytes: Uint8Array): void;
  /** Bytes written that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Sends what is buffered, then FIN. Bytes may still arrive; `onEnd` comes when the far end
   * closes.
   */
  end(): void;
  /** Drops everything and resets; `onEnd` follows, as after `end`. */
  destroy(): void;
}

/** A place where byte sockets arrive: a TCP port, or the far ends of pipes in the simulator. */
export interface ByteListener {
  /** A name or numeric address; an operator may be told it. */
  readonly host: string;
  /** Starts accepting; rejects with `LISTEN_FAILED`. `onSocket` gets each socket once. */
  listen(onSocket: (socket: ByteSocket) => void): Promise<Closer>;
}
