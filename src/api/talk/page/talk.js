import { Awake } from './awake.js';
import { ask, openCall, Refusal } from './call.js';
import {
  closingInWords,
  endingInWords,
  insecureInWords,
  nameOf,
  recordingInWords,
  refusalInWords,
  seconds,
  soundProblemInWords,
  wrongKeyInWords,
} from './plain-words.js';
import { levelOf, openSound } from './sound.js';
import { Transcript } from './transcript.js';

const part = (id) => document.getElementById(id);
const transcript = new Transcript(part('transcript'));
const awake = new Awake();
const inCall = 'In a call';
/** The call that is under way; `null` in the lobby. */
let live = null;

part('start').addEventListener('submit', (event) => {
  event.preventDefault();
  if (chosenPersona() === undefined) void signIn();
  else void start(event.submitter?.value !== 'write');
});
part('write').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = part('words').value.trim();
  if (text !== '') live?.call?.write(text);
  part('words').value = '';
});
part('mute').addEventListener('click', () => setMuted(!live?.isMuted));
part('hang-up').addEventListener('click', () => end('caller-hung-up'));
part('again').addEventListener('click', () => {
  show('lobby', 'Not in a call');
  focusPersona();
});
// Browsers keep a page that was left, and show it again: without a call.
addEventListener('pagehide', () => end('caller-hung-up'));
for (const sign of ['visibilitychange', 'pointerdown', 'keydown']) {
  document.addEventListener(sign, wake);
}
setInterval(showClock, 500);
if (isSecureContext) void showChoices();
else notice(insecureInWords);

/** Asks for the agents; without a key where one is needed, the key is asked for. */
async function showChoices() {
  try {
    const { personas, defaultPersona } = await ask('talk/choices', { key: part('key').value });
    for (const label of part('personas').querySelectorAll('label')) label.remove();
    for (const persona of personas) {
      const label = document.createElement('label');
      label.className = 'persona';
      const radio = Object.assign(document.createElement('input'), {
        type: 'radio',
        name: 'persona',
        value: persona,
        checked: persona === defaultPersona,
      });
      label.append(radio, nameOf(persona));
      part('personas').append(label);
    }
    askForKey(false);
  } catch (error) {
    complain(error);
  }
}

async function signIn() {
  notice(null);
  await showChoices();
  focusPersona();
}

async function start(wantsMicrophone) {
  if (live) return;
  notice(null);
  const mine = {
    call: null,
    sound: null,
    hasMicrophone: wantsMicrophone,
    isMuted: false,
    startedMs: null,
    cause: null,
  };
  live = mine;
  show('connecting', wantsMicrophone ? 'Waiting for the microphone …' : 'Connecting …');
  try {
    mine.sound = await openSound({
      wantsMicrophone,
      on: {
        callerFrame: (frame) => hear(mine, frame),
        microphoneGone: () => transcript.note('the microphone is gone: type, or call again'),
      },
    });
    show('connecting', 'Connecting …');
    transcript.clear();
    mine.call = await openCall({
      key: part('key').value,
      persona: chosenPersona(),
      playoutDelayMs: () => mine.sound.delayMs,
      on: {
        message: (message) => take(mine, message),
        audio: (frame) => play(mine, frame),
        waiting: (isWaiting) => showWaiting(mine, isWaiting),
        close: (code) => closed(mine, code),
      },
    });
    if (live !== mine) mine.call.close();
  } catch (error) {
    void mine.sound?.close();
    if (live !== mine) return;
    live = null;
    show('lobby', 'Not in a call');
    // A button that is switched off loses the focus.
    part('choices')
      .querySelector(`[value=${wantsMicrophone ? 'speak' : 'write'}]`)
      .focus();
    complain(error);
  }
}

function chosenPersona() {
  return document.querySelector('#personas :checked')?.value;
}

function hear(mine, frame) {
  showLevel('caller-level', levelOf(frame));
  mine.call?.sendAudio(frame);
}

function play(mine, frame) {
  if (live !== mine) return;
  showLevel('agent-level', levelOf(frame));
  mine.sound.play(frame);
}

function take(mine, message) {
  // Of a call that was hung up it is still told how it ended; of another there is nothing to show.
  if (live !== mine && (live !== null || mine.startedMs === null)) return;
  switch (message.type) {
    case 'call':
      mine.startedMs = performance.now();
      part('agent-name').textContent = nameOf(message.persona);
      show('live', inCall);
      // The field for words would bring up a telephone's keyboard, over half of the page.
      part(mine.hasMicrophone ? 'mute' : 'words').focus();
      wake();
      return;
    case 'caller-words':
      return transcript.comes('caller', message);
    case 'caller-said':
      return transcript.callerSaid(message);
    case 'agent-text':
      return transcript.comes('agent', message);
    case 'agent-said':
      return transcript.agentSaid(message);
    case 'tool-call':
      return transcript.toolCalled(message);
    case 'tool-result':
      return transcript.toolAnswered(message);
    case 'turn':
      return transcript.note(`answered ${seconds(message.responseMs)} after your turn was over`);
    case 'barge-in':
      mine.sound.forget();
      return transcript.note(`you cut in: ${seconds(message.unheardMs)} were not heard`);
    case 'prompt':
      return transcript.note(recordingInWords(message.name));
    case 'persona':
      part('agent-name').textContent = nameOf(message.persona);
      return transcript.note(`now with ${nameOf(message.persona)}`);
    case 'error':
      return transcript.note(`an error was handled: ${message.code}`);
    case 'refused':
      return notice(refusalInWords(message.code, message.message));
    case 'ended':
      mine.cause ??= message.cause;
      return;
    case 'hang-up':
      // What is still in the speaker is played.
      setTimeout(() => end(mine.cause ?? 'agent-hung-up'), mine.sound.delayMs);
  }
}

function closed(mine, code) {
  if (live !== mine) return;
  if (mine.startedMs === null && part('notice').hidden) notice(closingInWords(code));
  end(mine.cause ?? (code === 1001 ? 'drained' : 'line-failed'));
}

/** Ends the call on the page. The gateway may have ended it already. */
function end(cause) {
  if (!live) return;
  const { call, sound, startedMs } = live;
  live = null;
  call?.close();
  void sound?.close();
  awake.release();
  showLevel('caller-level', 0);
  showLevel('agent-level', 0);
  if (startedMs === null) {
    show('lobby', 'Not in a call');
    return;
  }
  transcript.close();
  const lasted = clockText(performance.now() - startedMs);
  transcript.note(`${endingInWords(cause)} The call took ${lasted}.`);
  show('over', endingInWords(cause));
  part('again').focus();
}

function show(state, status) {
  document.body.dataset.state = state;
  part('status').textContent = status;
  part('lobby').hidden = state === 'live' || state === 'over';
  part('transcript').hidden = state !== 'live' && state !== 'over';
  part('dock').hidden = state !== 'live';
  part('after').hidden = state !== 'over';
  for (const button of part('start').querySelectorAll('button')) {
    button.disabled = state === 'connecting';
  }
  if (state === 'live') {
    part('mute').hidden = !live.hasMicrophone;
    setMuted(false);
  }
  showClock();
}

function focusPersona() {
  document.querySelector('#personas :checked')?.focus();
}

/** Until there is somebody to choose, nobody can be talked to. */
function askForKey(isAsked) {
  part('key-row').hidden = !isAsked;
  part('choices').hidden = isAsked;
  if (isAsked) for (const label of part('personas').querySelectorAll('label')) label.remove();
}

function showWaiting(mine, isWaiting) {
  if (live !== mine || mine.startedMs === null) return;
  part('status').textContent = isWaiting ? 'No connection. Waiting …' : inCall;
}

/** Somebody is here: what the browser has paused goes on. */
function wake() {
  if (!live) return;
  void live.sound?.wake();
  if (live.startedMs !== null) void awake.keep();
}

function setMuted(isMuted) {
  if (!live) return;
  live.isMuted = isMuted;
  live.sound.mute(isMuted);
  part('mute').classList.toggle('on', isMuted);
  part('mute').textContent = isMuted ? 'Unmute' : 'Mute';
}

function complain(error) {
  if (!(error instanceof Refusal)) {
    notice(soundProblemInWords(error));
    return;
  }
  if (error.code === 'UNAUTHENTICATED') {
    askForKey(true);
    part('key').focus();
    notice(part('key').value === '' ? null : wrongKeyInWords);
    return;
  }
  const isDeaf = error.code === 'UNREACHABLE';
  notice(
    isDeaf
      ? 'The gateway does not answer. Load the page again in a moment.'
      : refusalInWords(error.code, error.message),
  );
}

function notice(text) {
  part('notice').hidden = text === null;
  part('notice').textContent = text ?? '';
}

function showLevel(id, level) {
  part(id).style.transform = `scaleX(${level.toFixed(3)})`;
}

function showClock() {
  const startedMs = live?.startedMs ?? null;
  part('clock').textContent = startedMs === null ? '' : clockText(performance.now() - startedMs);
}

function clockText(ms) {
  const wholeS = Math.floor(ms / 1000);
  return `${Math.floor(wholeS / 60)}:${String(wholeS % 60).padStart(2, '0')}`;
}
