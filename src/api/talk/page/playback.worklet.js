import { JitterBuffer } from './jitter-buffer.js';

/** The agent's frames to the speaker. A message without a frame forgets what has not been played. */
class Playback extends AudioWorkletProcessor {
  #buffer;

  constructor({ processorOptions }) {
    super();
    this.#buffer = new JitterBuffer({ rateHz: sampleRate, ...processorOptions });
    this.port.onmessage = ({ data }) => {
      if (data === null) this.#buffer.clear();
      else this.#buffer.push(new Int16Array(data));
    };
  }

  process(_inputs, [output]) {
    this.#buffer.pull(output[0]);
    return true;
  }
}

registerProcessor('playback', Playback);
