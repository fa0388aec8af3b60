/** Codes of the gateway's errors and of its records, in words for whoever talks. */

const refusals = {
  DRAINING: 'The gateway is shutting down and takes no new calls.',
  CALLS_AT_LIMIT: 'All lines are taken. Try again in a moment.',
  LOOP_BUSY: 'The gateway is too busy for another call. Try again in a moment.',
  DISK_FULL: 'The gateway cannot write its records, so it takes no calls.',
  TRUST_TOO_LOW: 'This agent talks only to callers who have proved who they are.',
  PROVIDER_UNKNOWN: 'The gateway does not know the provider of this agent.',
  RATE_LIMITED: 'Too many attempts. Wait a minute and try again.',
  ROLE_TOO_LOW: 'The key may not do this.',
  FORBIDDEN: 'The gateway takes this page only from its own machine, without a proxy in between.',
  NOT_FOUND: 'There is no such agent any more. Load the page again.',
};

const endings = {
  'caller-hung-up': 'You hung up.',
  'agent-hung-up': 'The agent hung up.',
  transferred: 'The agent handed the call on, which a browser cannot follow.',
  silence: 'Nobody spoke for a while.',
  'length-limit': 'The call reached its longest time.',
  'cost-limit': 'The call has cost as much as it may.',
  'provider-failed': 'The agent could not be reached.',
  'line-failed': 'The connection broke.',
  drained: 'The gateway is shutting down.',
  'internal-error': 'Something went wrong in the gateway. Its log knows more.',
};

const soundProblems = {
  NotAllowedError: 'The browser may not use the microphone. Allow it in the address bar, or type.',
  NotFoundError: 'No microphone was found. Plug one in, or type.',
  NotReadableError: 'The microphone is in use by another program. Close it, or type.',
  TimeoutError:
    'The browser cannot play sound: no speaker or headset answers. Connect one and try again.',
};

const closings = {
  4400: 'The gateway did not understand this page. Load it again.',
  4408: 'The page answered the gateway too late. Try again.',
  4429: 'Too many are calling at this moment. Try again.',
};

export function refusalInWords(code, message) {
  return refusals[code] ?? `The gateway refused: ${message}`;
}

export function endingInWords(cause) {
  return endings[cause] ?? `The call has ended: ${cause}.`;
}

export function soundProblemInWords(error) {
  return soundProblems[error.name] ?? `The sound could not be opened: ${error.message}`;
}

/** Neither is there otherwise (W3C Secure Contexts, Media Capture, Web Audio). */
export const insecureInWords =
  "Browsers give the microphone and the speaker only to pages by https, or from their own machine. Open this page by https, or at localhost on the gateway's machine.";

export const wrongKeyInWords = 'The gateway does not know this key, or it is good no longer.';

export function closingInWords(code) {
  return closings[code] ?? 'The connection to the gateway broke.';
}

const recordings = {
  silence: 'asked whether you are still there',
  hold: 'asked to wait',
  apology: 'said sorry for a fault',
  goodbye: 'said goodbye',
  unavailable: 'said that the agent is not available',
};

export function recordingInWords(name) {
  return `a recording ${recordings[name] ?? `was played: ${name}`}`;
}

/** `family-doctor` as a name; what is as short as `cfo` stands for something. */
export function nameOf(key) {
  if (key.length <= 3) return key.toUpperCase();
  const words = key.replaceAll(/[-_]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function seconds(ms) {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
}
