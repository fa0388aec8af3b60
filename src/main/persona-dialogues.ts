import { personaFolders } from '../config/persona-files.ts';
import { problemLine } from '../config/problem.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../observe/observe.ts';
import type { WireTool } from '../realtime-server/wire.ts';
import type { FindDialogue, PersonaDialogue } from '../speech/brain/dialogue-mind.ts';
import type { Dialogue, Vocabulary } from '../speech/dialogue/dialogue.ts';
import { dialogueFolder, readDialogues } from '../speech/dialogue/dialogue-files.ts';
import { dialogueFromTools } from '../speech/dialogue/dialogue-from-tools.ts';
import { entriesMax, grammarOf } from '../speech/dialogue/grammar-of.ts';
import { sceneOf } from '../speech/dialogue/scene.ts';
import { toolValues } from '../speech/dialogue/tool-values.ts';

/** What is in the database now. */
export interface VocabularySource {
  /** Waits for a reading where what was read is old. Never rejects. */
  read(): Promise<Vocabulary>;
  /** What was read last; the same object while nothing has changed. */
  known(): Vocabulary;
}

const isFunction = (tool: WireTool) => tool.type === 'function';

/** What each persona understands: its dialogue file with the values in the database. */
export class PersonaDialogues {
  readonly #vocabulary: VocabularySource;
  readonly #log: Log;
  readonly #files: ReadonlyMap<string, Dialogue>;
  /** By the persona's key and the values that its tools can be given; with what was read then. */
  readonly #found = new Map<string, PersonaDialogue & { readonly read: Vocabulary }>();

  /** Reads all dialogue files; what is wrong with one is logged, and it counts for nothing. */
  constructor(vocabulary: VocabularySource, log: Log) {
    this.#vocabulary = vocabulary;
    this.#log = log;
    const { dialogues, problems } = readDialogues(personaFolders(), readConfigFile);
    this.#files = dialogues;
    for (const problem of problems) {
      log.error('a dialogue file is not valid', { problem: problemLine(problem) });
    }
  }

  readonly find: FindDialogue = async (persona) => {
    const known = this.#vocabulary.known();
    // Where there is nothing yet, whoever calls first after it has been filled is understood too.
    const isEmpty = Object.values(known).every((values) => values.length === 0);
    const read = isEmpty ? await this.#vocabulary.read() : known;
    const functions = persona.tools.filter(isFunction);
    const key = persona.prompt?.id;
    const written = key === undefined ? undefined : this.#files.get(key);
    const dialogue = written ?? dialogueFromTools(key ?? '', functions);
    const values = toolValues(functions);
    const name = `${dialogue.key} ${JSON.stringify(values)}`;
    const found = this.#found.get(name);
    if (found?.read === read && written !== undefined) return found;
    const vocabulary = Object.keys(values).length === 0 ? read : { ...read, ...values };
    const grammar = grammarOf(dialogue, vocabulary);
    const fresh = { scene: sceneOf(dialogue, vocabulary), grammar, read };
    if (written !== undefined) this.#found.set(name, fresh);
    return fresh;
  };

  /**
   * Who answers under `local` by lists of the database that have nothing in them, or so much that
   * the rest of it is not listened for. Never rejects.
   */
  async warnOfLists(config: Config): Promise<void> {
    const vocabulary = await this.#vocabulary.read();
    for (const persona of localPersonas(config)) {
      const slots = Object.values(this.#files.get(persona)?.written.slots ?? {});
      const lists = new Set(slots.flatMap(({ from }) => from ?? []));
      for (const list of lists) {
        const count = vocabulary[list]?.length;
        if (count === 0) this.#log.warn('a persona can name nothing of a list', { persona, list });
        if (count === undefined || count < entriesMax) continue;
        const message = 'a list is too long to be listened for as a whole';
        this.#log.warn(message, { persona, list, entriesMax });
      }
    }
  }

  /** Who answers under `local` without a file of their own can say little. */
  warnOfMissing(config: Config): void {
    for (const persona of localPersonas(config)) {
      if (this.#files.has(persona)) continue;
      this.#log.warn('a persona has no dialogue file: it offers its tools and no more', {
        persona,
        file: `personas/${dialogueFolder}/${persona}.yaml`,
      });
    }
  }
}

function localPersonas({ personas, default_provider }: Config): readonly string[] {
  return Object.entries(personas).flatMap(([persona, { provider }]) =>
    (provider ?? default_provider) === 'local' ? persona : [],
  );
}
