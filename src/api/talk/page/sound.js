/** As on the wire, so that the browser itself does what it can of the conversion. */
const rateHz = 24_000;
/** Sound waits for this before it is played, and for no longer than the limit. */
const buffering = { targetMs: 60, limitMs: 160 };
/** Of the browser and the device, where they do not say. */
const deviceDelayMs = 60;

/** A sound card begins within a part of this. Where there is none, Firefox waits for ever. */
const beginMsMax = 4_000;

/**
 * Opens the speaker, and the microphone if it is wanted. Must be called for a click: browsers keep
 * quiet otherwise. `on` is told of `callerFrame`s and of `microphoneGone`.
 */
export async function openSound({ wantsMicrophone, on }) {
  const speaker = new AudioContext({ sampleRate: rateHz, latencyHint: 'interactive' });
  const open = [() => speaker.close()];
  const close = () => Promise.all(open.map((each) => each()));
  try {
    const stream = wantsMicrophone ? await openMicrophone() : null;
    for (const track of stream?.getTracks() ?? []) {
      open.push(() => track.stop());
      track.onended = on.microphoneGone;
    }
    const { context, source } = sourceOf(stream, speaker);
    if (context !== speaker) open.push(() => context.close());
    const playback = await playbackOn(speaker);
    const capture = await captureOn(context, source, on.callerFrame);
    const wake = () => Promise.all([speaker.resume(), context.resume()]);
    await inTime(wake());
    return {
      get delayMs() {
        const { baseLatency = 0, outputLatency = 0 } = speaker;
        const ownMs = (baseLatency + outputLatency) * 1000;
        return Math.ceil(buffering.limitMs + (ownMs > 0 ? ownMs : deviceDelayMs));
      },
      play: (frame) => playback.port.postMessage(frame, [frame]),
      forget: () => playback.port.postMessage(null),
      mute: (isMuted) => capture.port.postMessage({ isMuted }),
      /** Goes on with what the browser or a telephone call has paused. */
      wake,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function playbackOn(speaker) {
  await speaker.audioWorklet.addModule(new URL('playback.worklet.js', import.meta.url));
  const playback = new AudioWorkletNode(speaker, 'playback', {
    numberOfInputs: 0,
    outputChannelCount: [1],
    processorOptions: buffering,
  });
  playback.connect(speaker.destination);
  return playback;
}

async function captureOn(context, source, onFrame) {
  await context.audioWorklet.addModule(new URL('capture.worklet.js', import.meta.url));
  const capture = new AudioWorkletNode(context, 'capture', { outputChannelCount: [1] });
  capture.port.onmessage = ({ data }) => onFrame(data);
  source?.connect(capture);
  // A node that leads nowhere is not run; what it gives is silence.
  capture.connect(context.destination);
  return capture;
}

async function inTime(beginning) {
  const tooLate = new Promise((_resolve, reject) => {
    const error = new DOMException('the sound does not begin', 'TimeoutError');
    setTimeout(() => reject(error), beginMsMax);
  });
  await Promise.race([beginning, tooLate]);
}

/** How loud a frame of the wire is, from 0 to 1 over 60 dB. */
export function levelOf(frame) {
  const samples = new Int16Array(frame);
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length)) / 32768;
  return Math.max(0, Math.min(1, 1 + Math.log10(Math.max(rms, 1e-6)) / 3));
}

function openMicrophone() {
  return navigator.mediaDevices.getUserMedia({
    audio: {
      channelCount: 1,
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
    },
  });
}

/** Firefox takes a microphone only at its own rate: then it gets a context of its own. */
function sourceOf(stream, speaker) {
  if (stream === null) return { context: speaker, source: null };
  try {
    return { context: speaker, source: speaker.createMediaStreamSource(stream) };
  } catch (error) {
    if (error.name !== 'NotSupportedError') throw error;
    const context = new AudioContext({ latencyHint: 'interactive' });
    return { context, source: context.createMediaStreamSource(stream) };
  }
}
