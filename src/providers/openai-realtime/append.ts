const before = '{"type":"input_audio_buffer.append","audio":"';
const after = '"}';

/**
 * Writes `input_audio_buffer.append` messages into one buffer that is used again and again. Base64
 * needs no escaping, so there is nothing for a JSON writer to look for.
 */
export class AppendWriter {
  #message: Buffer = Buffer.from(before);
  #written: Buffer = this.#message;
  #source: Uint8Array = this.#message;
  #view: Buffer = this.#message;

  /** The message for `length` bytes of audio from `offset`; valid until the next call. */
  write(bytes: Uint8Array, offset: number, length: number): Buffer {
    // The same array comes frame after frame: one view of it does for all.
    if (bytes !== this.#source) {
      this.#source = bytes;
      this.#view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const base64 = this.#view.toString('base64', offset, offset + length);
    const messageBytes = before.length + base64.length + after.length;
    if (messageBytes !== this.#written.length) this.#resize(messageBytes);
    this.#message.write(base64, before.length, 'latin1');
    return this.#written;
  }

  #resize(messageBytes: number): void {
    if (messageBytes > this.#message.length) {
      this.#message = Buffer.alloc(messageBytes);
      this.#message.write(before, 'latin1');
    }
    this.#written = this.#message.subarray(0, messageBytes);
    this.#written.write(after, messageBytes - after.length, 'latin1');
  }
}
