/** What was to be seen and heard in the page, since it was loaded. */
export interface Noticed {
  /** Messages of sound to the gateway and from it. */
  readonly callerFrames: number;
  readonly callerLoudFrames: number;
  readonly agentFrames: number;
  /** How often, of twenty looks a second, the speaker was given something loud. */
  readonly loudLooks: number;
  /** What stood in the caller's lines before it was final. */
  readonly callerComing: readonly string[];
}

/**
 * A script for before the page's own: puts what it notices into `window.noticed`. It listens at the
 * WebSocket, at what is joined with the speaker, and looks at the transcript.
 */
export const ears = `() => {
  const noticed = {
    callerFrames: 0,
    callerLoudFrames: 0,
    agentFrames: 0,
    loudLooks: 0,
    callerComing: [],
  };
  window.noticed = noticed;
  const isLoud = (frame) => new Int16Array(frame).some((sample) => Math.abs(sample) > 3000);
  window.WebSocket = class extends WebSocket {
    constructor(url) {
      super(url);
      this.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') noticed.agentFrames += 1;
      });
    }
    send(data) {
      if (typeof data !== 'string') {
        noticed.callerFrames += 1;
        if (isLoud(data)) noticed.callerLoudFrames += 1;
      }
      super.send(data);
    }
  };
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(target.context, { fftSize: 2048 });
      connect.call(this, analyser);
      const samples = new Float32Array(analyser.fftSize);
      const look = () => {
        if (target.context.state === 'closed') return;
        if (target.context.state === 'running') {
          analyser.getFloatTimeDomainData(samples);
          if (samples.some((sample) => Math.abs(sample) > 0.09)) noticed.loudLooks += 1;
        }
        setTimeout(look, 50);
      };
      look();
    }
    return connect.call(this, target, ...rest);
  };
  document.addEventListener('DOMContentLoaded', () => {
    const note = () => {
      for (const line of document.querySelectorAll('.said.caller.coming span:last-child')) {
        if (noticed.callerComing.at(-1) !== line.textContent) {
          noticed.callerComing.push(line.textContent);
        }
      }
    };
    new MutationObserver(note).observe(document.querySelector('#transcript'), {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
}`;
