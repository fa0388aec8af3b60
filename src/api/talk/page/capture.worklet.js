import { Resampler } from './resampler.js';

const wireHz = 24_000;
const frameSamples = 480;

/** The microphone as frames of 20 ms, and silence in its place: the gateway's clock goes on. */
class Capture extends AudioWorkletProcessor {
  #resampler = sampleRate === wireHz ? null : new Resampler(sampleRate, wireHz);
  #frame = new Int16Array(frameSamples);
  #filled = 0;
  #isMuted = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      this.#isMuted = data.isMuted;
    };
  }

  process([input], [output]) {
    const heard = this.#isMuted ? undefined : input[0];
    const samples = heard ?? new Float32Array(output[0].length);
    this.#take(this.#resampler ? this.#resampler.push(samples) : samples);
    return true;
  }

  #take(samples) {
    for (const sample of samples) {
      this.#frame[this.#filled] = Math.max(-1, Math.min(1, sample)) * 32767;
      this.#filled += 1;
      if (this.#filled === frameSamples) this.#send();
    }
  }

  #send() {
    const frame = this.#frame;
    this.#frame = new Int16Array(frameSamples);
    this.#filled = 0;
    this.port.postMessage(frame.buffer, [frame.buffer]);
  }
}

registerProcessor('capture', Capture);
