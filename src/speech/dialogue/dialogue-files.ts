import { basename, join } from 'node:path';
import { fit } from '../../config/fit.ts';
import { nearest } from '../../config/nearest-key.ts';
import type { PersonaFolders } from '../../config/persona-files.ts';
import { phraseOf } from '../../config/phrase.ts';
import { inFileOrder, type Problem } from '../../config/problem.ts';
import type { FileReader } from '../../config/read-config-file.ts';
import { schemaTree } from '../../config/schema-tree.ts';
import { type Origin, originAt, plainOf, type TreeMap } from '../../config/tree.ts';
import { readYaml } from '../../config/yaml-tree.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Dialogue } from './dialogue.ts';
import { dialogueSchema, type WrittenDialogue } from './dialogue-schema.ts';
import { parsePhrase } from './notation.ts';
import { withStandingIntents } from './standing-intents.ts';
import { unknownNames } from './understand.ts';

/** Below a folder of personas: `personas/dialogues/waiter.yaml` is what `waiter` understands. */
export const dialogueFolder = 'dialogues';
const ending = '.yaml';

export interface ReadDialogues {
  /** By the persona's key; a later folder's file takes the place of an earlier one's. */
  readonly dialogues: ReadonlyMap<string, Dialogue>;
  /** What is wrong, with places; a file with problems gives no dialogue. */
  readonly problems: readonly Problem[];
  /** The tools that intents ask, wherever they are named. */
  readonly tools: readonly NamedTool[];
}

/** A tool that a dialogue names. */
export interface NamedTool {
  /** The persona's key. */
  readonly persona: string;
  readonly tool: string;
  readonly origin: Origin;
}

/** Reads the dialogue files of all folders of personas. Never throws. */
export function readDialogues(
  { paths, readFolder }: PersonaFolders,
  readFile: FileReader,
): ReadDialogues {
  const dialogues = new Map<string, Dialogue>();
  const problems: Problem[] = [];
  const tools = new Map<string, readonly NamedTool[]>();
  const object = (path: string, message: string) => {
    const origin: Origin = { is: 'file', file: path, line: 1, column: 1 };
    problems.push({ code: 'CONFIG_INVALID', origin, message });
  };
  for (const path of paths.map((each) => join(each, dialogueFolder))) {
    const folder = readFolder(path);
    if (folder.is === 'unreadable') object(path, `cannot read it: ${folder.reason}`);
    if (folder.is !== 'names') continue;
    for (const name of folder.names.filter((each) => each.endsWith(ending)).toSorted()) {
      const file = readFile(join(path, name));
      if (file.is !== 'text') {
        object(
          join(path, name),
          `cannot read it: ${file.is === 'absent' ? 'it is gone' : file.reason}`,
        );
        continue;
      }
      const read = readDialogue(join(path, name), file.text);
      problems.push(...read.problems);
      if (read.dialogue === null) continue;
      dialogues.set(read.dialogue.key, read.dialogue);
      tools.set(read.dialogue.key, read.tools);
    }
  }
  return { dialogues, problems, tools: [...tools.values()].flat() };
}

/**
 * Of the tools that dialogues name those that their persona is not offered; `offeredTo` gives
 * `null` for a persona that there is not.
 */
export function missingTools(
  { tools }: Pick<ReadDialogues, 'tools'>,
  offeredTo: (persona: string) => readonly string[] | null,
): readonly Problem[] {
  return tools.flatMap(({ persona, tool, origin }) => {
    const offered = offeredTo(persona);
    if (offered?.includes(tool)) return [];
    const meant = nearest(tool, offered ?? [], tool.length / 3);
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    const message =
      offered === null
        ? `there is no persona "${persona}", as which the file is named`
        : `the persona "${persona}" has no tool "${tool}"${hint}`;
    return [{ code: 'CONFIG_INVALID', origin, message }];
  });
}

export interface ReadDialogue {
  readonly dialogue: Dialogue | null;
  readonly problems: readonly Problem[];
  readonly tools: readonly NamedTool[];
}

/** Reads one file; its name is the persona's key. */
export function readDialogue(path: string, text: string): ReadDialogue {
  const schema = schemaTree(dialogueSchema);
  const read = readYaml(path, text);
  const fitted = fit(read.tree, schema);
  const found = [...read.problems, ...fitted.problems];
  const parsed = dialogueSchema.safeParse(plainOf(fitted.tree));
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue): Problem => {
      const message = phraseOf(issue, { written: fitted.tree, schema });
      return { code: 'CONFIG_INVALID', origin: originAt(fitted.tree, issue.path), message };
    });
    return { dialogue: null, problems: inFileOrder([...found, ...issues]), tools: [] };
  }
  const problems = [...found, ...contradictionsIn(parsed.data, fitted.tree)];
  if (problems.length > 0) return { dialogue: null, problems: inFileOrder(problems), tools: [] };
  const key = basename(path, ending);
  const tools = Object.entries(parsed.data.intents).flatMap(([name, { tool }]) => {
    const origin = originAt(fitted.tree, ['intents', name, 'tool']);
    return tool === null ? [] : [{ persona: key, tool, origin }];
  });
  return { dialogue: { key, written: withStandingIntents(parsed.data) }, problems, tools };
}

/** What the schema cannot see: phrases without sense, slots that there are not. */
function contradictionsIn(written: WrittenDialogue, tree: TreeMap): readonly Problem[] {
  const problems: Problem[] = [];
  const object = (path: readonly PropertyKey[], message: string) => {
    problems.push({ code: 'CONFIG_INVALID', origin: originAt(tree, path), message });
  };
  const checkPhrase = (text: string, path: readonly PropertyKey[]) => {
    const fault = faultOf(text, written);
    if (fault !== null) object(path, fault);
  };
  for (const [part, text] of Object.entries(written.parts)) {
    checkPhrase(text, ['parts', part]);
    if (text.includes('<')) object(['parts', part], 'a part cannot hold another part');
  }
  for (const [name, intent] of Object.entries(written.intents)) {
    const path = ['intents', name];
    for (const key of ['phrases', 'typed'] as const) {
      for (const [index, text] of intent[key].entries()) checkPhrase(text, [...path, key, index]);
    }
    if (intent.phrases.length + intent.typed.length === 0) {
      object(path, `${path.join('.')}.phrases is missing`);
    }
    for (const slot of intent.wants.filter((each) => !Object.hasOwn(written.slots, each))) {
      object([...path, 'wants'], `there is no slot "${slot}"`);
    }
    if (intent.does === 'ask' && (intent.tool === null || intent.replies.found === null)) {
      object(path, `${path.join('.')} asks: it needs "tool" and "replies.found"`);
    }
    if (intent.does === 'say' && intent.say === null) {
      object(path, `${path.join('.')} says something: it needs "say"`);
    }
    if (intent.does.startsWith('order_') && written.order === undefined) {
      object(path, `${path.join('.')} is of orders: the file needs "order:"`);
    }
  }
  return problems;
}

function faultOf(text: string, written: WrittenDialogue): string | null {
  try {
    parsePhrase(text);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return thrown.message;
  }
  const [unknown] = unknownNames(text, written);
  return unknown === undefined ? null : `in the phrase "${text}" there is no ${unknown}`;
}
