import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '../../../../sim/virtual-clock.ts';
import type { Trust } from '../../../runtime/trust.ts';
import type { Transactions } from '../../../tools/data-query.ts';
import { dataTools } from '../../../tools/data-tools.ts';
import { hangUpCall } from '../../../tools/hang-up-call.ts';
import { toolRegistry } from '../../../tools/registry.ts';
import { toolRunner } from '../../../tools/runner.ts';
import { noLog, noMetrics } from '../../../tools/testing/test-database.ts';
import type { ToolCall, ToolRunner } from '../../../tools/tool.ts';
import { openConversation } from '../conversation.ts';
import type { Dialogue, DialogueAction, DialogueItem, Vocabulary } from '../dialogue.ts';
import { readDialogue } from '../dialogue-files.ts';
import { type Scene, sceneOf } from '../scene.ts';

/** Where the demonstration ledger ends the month before. */
export const today = '2026-11-21';
const roundsMax = 8;

/** A dialogue that comes with Offhook. */
export function shippedDialogue(key: string): Dialogue {
  const path = join(import.meta.dirname, '../../../../personas/dialogues', `${key}.yaml`);
  const { dialogue, problems } = readDialogue(path, readFileSync(path, 'utf8'));
  assert.deepEqual(problems, []);
  assert.ok(dialogue !== null);
  return dialogue;
}

/** A caller who types to a dialogue, with the real tools on a database. */
export class TypedCall {
  readonly items: DialogueItem[] = [];
  readonly calls: { readonly name: string; readonly input: unknown }[] = [];
  readonly #scene: Scene;
  readonly #trust: Trust;
  readonly #sessionId: string;
  readonly #runner: ToolRunner;
  #conversation;
  isEnded = false;

  constructor(deps: {
    readonly dialogue: Dialogue;
    readonly vocabulary: Vocabulary;
    readonly database: Transactions;
    readonly trust?: Trust;
    readonly sessionId?: string;
  }) {
    this.#scene = sceneOf(deps.dialogue, deps.vocabulary);
    this.#trust = deps.trust ?? 'anonymous';
    this.#sessionId = deps.sessionId ?? 'ses_1';
    const clock = new VirtualClock();
    clock.stepEpoch(Date.parse(today) - clock.epochMs());
    const registry = toolRegistry([hangUpCall, ...dataTools(deps.database)]);
    this.#runner = toolRunner({ registry, clock, log: noLog, metrics: noMetrics });
    this.#conversation = openConversation(this.#scene);
  }

  /** Says `text`, lets the agent call its tools, and gives all that it says. */
  async say(text: string | null): Promise<string> {
    this.#add({ is: 'caller', text });
    return await this.answer();
  }

  /** Adds what the caller said without an answer to it: the agent was cut off before a word. */
  interject(text: string): readonly DialogueAction[] {
    this.#add({ is: 'caller', text });
    return this.#next();
  }

  async answer(): Promise<string> {
    const said: string[] = [];
    for (let round = 0; round < roundsMax; round += 1) {
      const actions = this.#next();
      const texts = actions.flatMap((action) => (action.is === 'say' ? action.text : []));
      said.push(...texts);
      if (texts.length > 0) this.#add({ is: 'agent' });
      const isOver = await this.#run(actions);
      if (isOver) return said.join(' ');
    }
    return assert.fail(`still calling tools after ${roundsMax} rounds`);
  }

  /** From here on another conversation reads the same items, as after a reconnect. */
  reconnect(): void {
    this.#conversation = openConversation(this.#scene);
  }

  #next(): readonly DialogueAction[] {
    const actions = this.#conversation.answer(this.items, this.#scene);
    assert.ok(actions.length > 0, 'there is always an answer');
    return actions;
  }

  async #run(actions: readonly DialogueAction[]): Promise<boolean> {
    const calls = actions.filter((action) => action.is === 'call');
    const made = calls.map(({ name, argumentsJson }, index) => {
      const callId = `call_${this.items.length + index}`;
      this.calls.push({ name, input: JSON.parse(argumentsJson) });
      return { callId, name, argumentsJson };
    });
    for (const call of made) this.#add({ is: 'call', ...call });
    for (const call of made) {
      const outputJson = await this.#outputOf(call);
      this.#add({ is: 'result', callId: call.callId, outputJson });
    }
    this.isEnded ||= made.some(({ name }) => name === 'hangup_call');
    return made.length === 0 || this.isEnded;
  }

  async #outputOf(call: ToolCall): Promise<string> {
    const { name } = hangUpCall;
    const toolNames = [name, 'lookup_menu', 'recommend_pairing', 'place_order'];
    const grant = {
      sessionId: this.#sessionId,
      call: { callId: 'c1', variables: {} },
      trust: this.#trust,
      toolNames: [...toolNames, 'fetch_financials', 'check_tax_rule'],
      handoffs: [],
    };
    const { signal } = new AbortController();
    const outcome = await this.#runner.run(call, grant, { signal, durable: async () => undefined });
    return outcome.outputJson;
  }

  #add(item: AddedItem): void {
    this.items.push({ ...item, id: `item_${this.items.length}` });
  }
}

type AddedItem = DialogueItem extends infer Item
  ? Item extends DialogueItem
    ? Omit<Item, 'id'>
    : never
  : never;
