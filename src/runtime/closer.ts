/** Something that is open. `close` may be called twice; the second call waits for the first. */
export interface Closer {
  close(): Promise<void>;
}
