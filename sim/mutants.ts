/**
 * A fault of ours, one line long: what stands in a file of `src/session/`, and what takes its
 * place.
 */
export interface Mutant {
  /** What it breaks, in the words of the promise. */
  readonly breaks: string;
  readonly file: string;
  readonly line: string;
  readonly instead: string;
}

export const mutants: readonly Mutant[] = [
  // Playout.
  {
    breaks: 'late audio of a cut-off reply is dropped',
    file: 'playout.ts',
    line: "if (this.#silenced.includes(audio.replyId)) return 'silenced';",
    instead: '',
  },
  {
    breaks: 'audio that comes after the end of its reply is dropped',
    file: 'model-side.ts',
    line: 'would never be ended itself.\n    playout.silence(replyId);',
    instead: '',
  },
  {
    breaks: 'a flush drops what waits',
    file: 'playout.ts',
    line: 'this.#ring.clear();\n    this.#options.converter.reset();',
    instead: 'this.#options.converter.reset();',
  },
  {
    breaks: 'what the far end holds back was not heard',
    file: 'playout.ts',
    line: 'sentMs - converter.delayMs - farEndDelayMs',
    instead: 'sentMs + farEndDelayMs + 20',
  },
  {
    breaks: 'the last part of a frame is played',
    file: 'playout.ts',
    line: 'this.#ring.queuedBytes > 0 && this.#isTailComplete()',
    instead: 'this.#ring.queuedBytes > 1e9',
  },
  {
    breaks: 'an item that ran dry and ends is played to its end',
    file: 'playout.ts',
    line: "if (this.#phase.is === 'dry') this.#phase = sounding;",
    instead: '',
  },
  {
    breaks: 'audio is heard of the item it came for',
    file: 'playout.ts',
    line: 'if (last?.itemId === audio.itemId && !last.isComplete) return last;',
    instead: 'if (last) return last;',
  },
  // The caller's path.
  {
    breaks: 'silence put in stops at the lead that is allowed',
    file: 'caller-path.ts',
    line: 'if (this.#leadMs(nowMs) >= leadMsMax) return;',
    instead: '',
  },
  {
    breaks: 'what was said without a link is sent with the next one',
    file: 'caller-path.ts',
    line: 'this.#options.onAudio(this.#backlog.bytes, at, this.#backlog.frameBytes);',
    instead: '',
  },
  {
    breaks: 'a shut gate sends silence',
    file: 'caller-path.ts',
    line: 'else if (this.#isGateShut) this.#sendSilence(length);',
    instead: 'else this.#send(bytes, offset, length);',
  },
  {
    breaks: 'the gate opens with what was said before speech was confirmed',
    file: 'caller-path.ts',
    line: 'this.#send(preRoll.bytes, at, preRoll.frameBytes);',
    instead: '',
  },
  {
    breaks: 'speech ends when the line goes dead',
    file: 'caller-path.ts',
    line: 'this.#options.detector?.push(this.#silence, 0, this.#silence.length);',
    instead: '',
  },
  // Barge-in.
  {
    breaks: 'the caller cuts off what sounds',
    file: 'barge-in.ts',
    line: "effects.push({ type: 'flush-playout' });",
    instead: '',
  },
  {
    breaks: 'nothing is cut at 0 ms',
    file: 'take-back.ts',
    line: 'heardMs >= 1 && heardMs < receivedMs',
    instead: 'heardMs < receivedMs',
  },
  {
    breaks: 'a new link is not told of items of the lost one',
    file: 'take-back.ts',
    line: 'if (state.orphanReplyIds.includes(replyId)) continue;',
    instead: '',
  },
  {
    breaks: 'an item is dropped only when it can no longer grow',
    file: 'take-back.ts',
    line: 'heardMs < 1 && state.arbiter.active?.replyId === replyId',
    instead: 'heardMs < 0',
  },
  {
    breaks: 'a reply that is being made is silenced',
    file: 'barge-in.ts',
    line: "effects.push({ type: 'silence-reply', replyId: active.replyId });",
    instead: '',
  },
  // The arbiter.
  {
    breaks: 'nothing is asked for while the caller speaks',
    file: 'arbiter.ts',
    line: " || caller.is === 'talking') return false;",
    instead: ') return false;',
  },
  {
    breaks: 'nothing is asked for while a reply is active',
    file: 'arbiter.ts',
    line: 'return arbiter.active === null && arbiter.unanswered === null',
    instead: 'return arbiter.unanswered === null',
  },
  {
    breaks: 'one request is unanswered at most',
    file: 'arbiter.ts',
    line: 'return arbiter.active === null && arbiter.unanswered === null',
    instead: 'return arbiter.active === null',
  },
  {
    breaks: 'a refused request is sent again',
    file: 'arbiter.ts',
    line: 'queued: [...again, ...arbiter.queued] };',
    instead: 'queued: arbiter.queued };',
  },
  // Replies.
  {
    breaks: 'a reply that begins while the caller speaks is stale',
    file: 'replies.ts',
    line: "const isStale = state.caller.is === 'talking' && state.line.is === 'up';",
    instead: 'const isStale = false;',
  },
  {
    breaks: 'a tool of a cut-off reply is not run',
    file: 'replies.ts',
    line: "const isComplete = reply.outcome === 'completed' && !wasCancelled;",
    instead: "const isComplete = reply.outcome !== 'failed';",
  },
  // Tools.
  {
    breaks: 'a call that comes twice runs once',
    file: 'tool-calls.ts',
    line: ' || state.seenCallIds.includes(callId)) return state;',
    instead: ') return state;',
  },
  {
    breaks: 'results of one reply go together',
    file: 'tool-calls.ts',
    line: ' && !waiting.has(pending.replyId),',
    instead: ',',
  },
  {
    breaks: 'results that were sent are forgotten',
    file: 'tool-calls.ts',
    line: 'state.pendingCalls.filter((pending) => !settled.includes(pending)),',
    instead: 'state.pendingCalls,',
  },
  {
    breaks: 'a call is recorded before it runs',
    file: 'tool-calls.ts',
    line: "context.effects.push({ type: 'journal', body: { type: 'tool-call', ...call } });",
    instead: '',
  },
  // Closing.
  {
    breaks: 'a farewell behind another reply is played',
    file: 'closing.ts',
    line: 'context.unplayed.length > 0 || isFarewellDue(state)',
    instead: 'false',
  },
  {
    breaks: 'words before a hang-up are played to their end',
    file: 'closing.ts',
    line: 'return context.unplayed.length > 0 ? closing : finish(closing, cause, context);',
    instead: 'return finish(closing, cause, context);',
  },
  {
    breaks: 'no timer outlives the call',
    file: 'closing.ts',
    line: "for (const name of state.timers) effects.push({ type: 'cancel-timer', name });",
    instead: '',
  },
  {
    breaks: 'no link outlives the call',
    file: 'closing.ts',
    line: "effects.push({ type: 'close-link', linkId });",
    instead: 'effects.push();',
  },
  {
    breaks: 'a goodbye by a recording has the last word',
    file: 'model-side.ts',
    line: "if (line.is === 'closing' && line.by === 'prompt') return;",
    instead: '',
  },
  {
    breaks: 'a goodbye that cannot come is said by a recording',
    file: 'closing.ts',
    line: 'isFarewellDue(state)) return state;\n  return sayGoodbye(state, line, context);',
    instead: 'isFarewellDue(state)) return state;\n  return state;',
  },
  // Links.
  {
    breaks: 'a link that is not in use has nothing to say',
    file: 'core.ts',
    line: 'if (linkId === this.#performer.linkInUse) this.#model.take(event, this.#moment());',
    instead: 'this.#model.take(event, this.#moment());',
  },
  {
    breaks: 'a link that is lost gets no audio',
    file: 'performer.ts',
    line: 'callerPath?.setLinked(false);\n    this.#linkInUse = 0;',
    instead: 'this.#linkInUse = 0;',
  },
  {
    breaks: 'a link that comes back is asked for what is owed',
    file: 'links.ts',
    line: " || (agent.is === 'prompting' && agent.owesReply)",
    instead: '',
  },
  {
    breaks: 'what our gate hears does not depend on a link',
    file: 'links.ts',
    line: " && state.caller.by === 'provider'",
    instead: '',
  },
  {
    breaks: 'a roll-over waits for a quiet moment',
    file: 'links.ts',
    line: "if (link.is !== 'ready' || !isQuiet(state)) return state;",
    instead: "if (link.is !== 'ready') return state;",
  },
  // Parties.
  {
    breaks: 'who is on hold is not heard',
    file: 'core.ts',
    line: "if (this.attached !== 'caller') return;\n        this.#planes.caller.callerPath",
    instead: 'this.#planes.caller.callerPath',
  },
  {
    breaks: 'what was cut off for one party is not played to the other',
    file: 'planes.ts',
    line: 'now.playout.silenceAs(before.playout);',
    instead: '',
  },
  {
    breaks: 'a reply that begins while the caller is on hold is for nobody',
    file: 'replies.ts',
    line: "state.party.is === 'nobody' || ",
    instead: '',
  },
  {
    breaks: 'who takes too long to decide is let go',
    file: 'turn-timers.ts',
    line: "return party.is === 'second' && line.is !== 'ended';",
    instead: 'return false;',
  },
  // Writing, and personas.
  {
    breaks: 'a written turn is over when all of it is',
    file: 'written-turn.ts',
    line: "return agent.is !== 'silent' || isWaiting || isReplyDue(state);",
    instead: 'return isWaiting;',
  },
  {
    breaks: 'who writes is told that the turn is over when the session ends',
    file: 'closing.ts',
    line: 'tellLastTurn(state, cause, context);\n  context',
    instead: 'context',
  },
  {
    breaks: 'what was written is not written again',
    file: 'writing.ts',
    line: 'const piece = isFinal ? text.slice(sentLetters) : text;',
    instead: 'const piece = text;',
  },
  {
    breaks: 'a link that was being opened learns of a new persona',
    file: 'persona-swap.ts',
    line: "if (link.is === 'opening') return { ...state, untoldPersona: setup };",
    instead: '',
  },
  {
    breaks: 'a link that was prepared for another persona is not used',
    file: 'persona-swap.ts',
    line: 'return { ...state, link: withStaleSuccessor(link) };',
    instead: 'return state;',
  },
  {
    breaks: 'the caller is not told what a second party says',
    file: 'model-side.ts',
    line: "if (transcript.speakerOf(itemId) !== 'caller') return;",
    instead: '',
  },
  // Waiting.
  {
    breaks: 'a tool does not make the wait begin anew',
    file: 'turn-timers.ts',
    line: 'const leftMs = Math.max(0, settings.replyMsMax - waitedMs);',
    instead: 'const leftMs = settings.replyMsMax;',
  },
  {
    breaks: 'a caller whose link is given up is told to wait',
    file: 'turn.ts',
    line: 'giveUpTurn(relinked) : hold(relinked, context);',
    instead: 'giveUpTurn(relinked) : relinked;',
  },
  {
    breaks: 'a reply that is overdue is asked for',
    file: 'turn-timers.ts',
    line: "return line.is === 'up' && agent.is === 'awaited' && !isRunning;",
    instead: 'return false;',
  },
  {
    breaks: 'the sound of an item adds up to the sample',
    file: 'transcript.ts',
    line: 'Math.round((item.receivedMs + receivedMs) * bytesPerMsMax) / bytesPerMsMax',
    instead: 'item.receivedMs + receivedMs',
  },
  {
    breaks: 'a link that is given up has nothing more to say',
    file: 'performer.ts',
    line: 'if (effect.linkId === this.#linkInUse) this.unlink(moment);',
    instead: 'if (effect.linkId === this.#linkInUse) planes.current.callerPath?.setLinked(false);',
  },
  {
    breaks: 'the replies of a lost link are ended',
    file: 'performer.ts',
    line: 'playout.endReply(replyId);\n      for',
    instead: 'for',
  },
  {
    breaks: 'the agent does not rest while tools run',
    file: 'barge-in.ts',
    line: 'agent.owesReply || isReplyDue(state)',
    instead: 'agent.owesReply',
  },
  {
    breaks: 'what a lost link was asked is asked again',
    file: 'arbiter.ts',
    line: 'queued: askedAgain(unanswered ? [unanswered, ...queued] : queued),',
    instead: 'queued: [],',
  },
];
