import { ask, openCall, Refusal } from './call.js';
import {
  closingInWords,
  endingInWords,
  nameOf,
  recordingInWords,
  refusalInWords,
  seconds,
  soundProblemInWords,
} from './plain-words.js';
import { levelOf, openSound } from './sound.js';
import { Transcript } from './transcript.js';

const part = (id) => document.getElementById(id);
const transcript = new Transcript(part('transcript'));
/** The call that is under way; `null` in the lobby. */
let live = null;

part('start').addEventListener('submit', (event) => {
  event.preventDefault();
  void start(event.submitter?.value !== 'write');
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
  document.querySelector('#personas :checked')?.focus();
});
setInterval(showClock, 500);
void showChoices();

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
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

async function start(wantsMicrophone) {
  if (live) return;
  notice(null);
  if (chosenPersona() === undefined && !(await showChoices())) return;
  const mine = { call: null, sound: null, isMuted: false, startedMs: null, cause: null };
  live = mine;
  show('connecting', wantsMicrophone ? 'Waiting for the microphone …' : 'Connecting …');
  try {
    mine.sound = await openSound({ wantsMicrophone, onCallerFrame: (frame) => hear(mine, frame) });
    show('connecting', 'Connecting …');
    transcript.clear();
    mine.call = await openCall({
      key: part('key').value,
      persona: chosenPersona(),
      playoutDelayMs: () => mine.sound.delayMs,
      on: {
        message: (message) => take(mine, message),
        audio: (frame) => play(mine, frame),
        close: (code) => closed(mine, code),
      },
    });
  } catch (error) {
    live = null;
    void mine.sound?.close();
    show('lobby', 'Not in a call');
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
  showLevel('agent-level', levelOf(frame));
  mine.sound.play(frame);
}

function take(mine, message) {
  switch (message.type) {
    case 'call':
      mine.startedMs = performance.now();
      part('agent-name').textContent = nameOf(message.persona);
      show('live', 'In a call');
      part('words').focus();
      return;
    case 'caller-said':
      return transcript.callerSaid(message);
    case 'agent-text':
      return transcript.agentComes(message);
    case 'agent-said':
      return transcript.agentSaid(message);
    case 'tool-call':
      return transcript.toolCalled(message);
    case 'tool-result':
      return transcript.toolAnswered(message);
    case 'turn':
      return transcript.note(`answered after ${seconds(message.responseMs)}`);
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
  showLevel('caller-level', 0);
  showLevel('agent-level', 0);
  if (startedMs === null) {
    show('lobby', 'Not in a call');
    return;
  }
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
  if (state === 'live') setMuted(false);
  showClock();
}

function setMuted(isMuted) {
  if (!live) return;
  live.isMuted = isMuted;
  live.sound.mute(isMuted);
  part('mute').setAttribute('aria-pressed', String(isMuted));
  part('mute').textContent = isMuted ? 'Unmute' : 'Mute';
}

function complain(error) {
  if (!(error instanceof Refusal)) {
    notice(soundProblemInWords(error));
    return;
  }
  if (error.code === 'UNAUTHENTICATED') {
    part('key-row').hidden = false;
    part('key').focus();
  }
  const isDeaf = error.code === 'UNREACHABLE';
  notice(isDeaf ? 'The gateway does not answer.' : refusalInWords(error.code, error.message));
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
