import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemLine } from '../../config/problem.ts';
import { missingTools, readDialogue, readDialogues } from './dialogue-files.ts';
import { missingDialogueWarning } from './dialogue-from-tools.ts';

const small = `about: the time
examples: [what time is it]
intents:
  time:
    phrases: ['what time is it']
    does: say
    say: I have no watch.
`;

function complaints(text: string): readonly string[] {
  const { dialogue, problems } = readDialogue('personas/dialogues/clock.yaml', text);
  assert.equal(dialogue === null, problems.length > 0);
  return problems.map(problemLine);
}

test('a file is the dialogue of the persona whose name it bears', () => {
  const { dialogue, problems } = readDialogue('personas/dialogues/clock.yaml', small);
  assert.deepEqual(problems, []);
  assert.equal(dialogue?.key, 'clock');
});

test('a wrong key is refused with its place and the key that was meant', () => {
  assert.deepEqual(complaints(small.replace('phrases:', 'phrasse:')).slice(0, 1), [
    'personas/dialogues/clock.yaml:4:3: intents.time.phrases is missing',
  ]);
  assert.match(
    complaints(small.replace('phrases:', 'phrasse:')).join('\n'),
    /yaml:5:5: there is no key "intents\.time\.phrasse"; did you mean "intents\.time\.phrases"/,
  );
  assert.match(
    complaints(`${small}order: { looksup: x }\n`).join('\n'),
    /clock\.yaml:8:10: there is no key "order\.looksup"; did you mean "order\.lookup"\?/,
  );
});

test('phrases without sense and slots that there are not are refused where they stand', () => {
  const withPhrase = (phrase: string) =>
    complaints(small.replace("what time is it'", `${phrase}'`));
  assert.match(
    withPhrase('what (time').join(),
    /clock\.yaml:5:15: in the phrase .* a "\)" is missing/,
  );
  assert.match(withPhrase('what time at {place}').join(), /5:15: .* there is no \{place\}/);
  assert.match(withPhrase('<politely> what time').join(), /5:15: .* there is no <politely>/);
  assert.match(withPhrase('what time is it at 9').join(), /nothing can be made of "9"/);
  assert.match(withPhrase('what ] time').join(), /there is a "\]" too many/);
  assert.match(withPhrase('what [] time').join(), /there are no words/);
});

test('what everybody says, and the answer to a question, need not be written', () => {
  const { dialogue } = readDialogue(
    'clock.yaml',
    `${small}slots:
  zone: { also: [London, Kigali], question: 'Where: London or Kigali?' }
  hand: { also: [left, right] }
`,
  );
  assert.ok(dialogue !== null);
  const { intents } = dialogue.written;
  assert.deepEqual(intents['standing_zone']?.phrases, ['[the|a|an] {zone} [please]']);
  assert.equal(intents['standing_zone']?.does, 'again');
  assert.equal(intents['standing_hand'], undefined);
  const does = new Set(Object.values(intents).map((intent) => intent.does));
  for (const act of ['help', 'repeat', 'yes', 'no', 'goodbye'] as const)
    assert.ok(does.has(act), act);
  const own = `${small}  bye: { does: goodbye, phrases: [ciao] }\n`;
  const read = readDialogue('clock.yaml', own).dialogue;
  assert.equal(read?.written.intents['standing_goodbye'], undefined);
});

test('an intent lacks nothing of what it does', () => {
  assert.match(complaints(small.replace('    say: I have no watch.\n', '')).join(), /needs "say"/);
  assert.match(complaints(small.replace('does: say', 'does: ask')).join(), /needs "tool"/);
  assert.match(complaints(small.replace('does: say', 'does: order_add')).join(), /needs "order:"/);
  assert.match(complaints(small.replace('does: say', 'does: sing')).join(), /must be one of ask/);
});

test('a file of a later folder counts, and a broken file stops no other', () => {
  const files: Readonly<Record<string, string>> = {
    'shipped/dialogues/clock.yaml': small,
    'shipped/dialogues/bell.yaml': small,
    'own/dialogues/clock.yaml': small.replace('no watch', 'a watch'),
    'own/dialogues/drum.yaml': 'about: 7',
  };
  const { dialogues, problems } = readDialogues(
    {
      paths: ['shipped', 'own', 'nowhere'],
      readFolder: (path) => {
        const names = Object.keys(files).filter((each) => each.startsWith(`${path}/`));
        if (names.length === 0) return { is: 'absent' };
        return { is: 'names', names: names.map((name) => name.slice(path.length + 1)) };
      },
    },
    (path) => ({ is: 'text', text: files[path] ?? '' }),
  );
  assert.deepEqual([...dialogues.keys()], ['bell', 'clock']);
  assert.equal(dialogues.get('clock')?.written.intents['time']?.say, 'I have a watch.');
  assert.ok(problems.every((each) => problemLine(each).startsWith('own/dialogues/drum.yaml:')));
  assert.ok(problems.length > 0);
});

test('tools that a persona is not offered are told of where they are named', () => {
  const path = 'personas/dialogues/clock.yaml';
  const date = `phrases: [what day], tool: look_up, replies: { found: '{day}' }`;
  const text = `${small}  date: { ${date} }\n`;
  const read = readDialogue(path, text);
  const complain = (offered: readonly string[] | null) =>
    missingTools(read, () => offered).map(problemLine);
  assert.deepEqual(complain(['look_up']), []);
  assert.deepEqual(complain(['lookup']), [
    'personas/dialogues/clock.yaml:8:38: the persona "clock" has no tool "look_up"; ' +
      'did you mean "lookup"?',
  ]);
  assert.match(complain(null).join(), /there is no persona "clock"/);
});

test('whoever has no file is told which one to write', () => {
  assert.match(missingDialogueWarning('clock'), /personas\/dialogues\/clock\.yaml/);
});
