import assert from 'node:assert/strict';
import { VirtualClock } from '../../../../sim/virtual-clock.ts';
import { seedDemo } from '../../../store/seed-demo.ts';
import type { Database } from '../../../store/store.ts';
import { noLog, openTestDatabase } from '../../../tools/testing/test-database.ts';
import { VocabularyReader } from '../../../tools/vocabulary.ts';
import type { Dialogue, Vocabulary } from '../dialogue.ts';
import { TypedCall, today } from './typed-call.ts';

/** Calls over the demonstration data; opened once a file, as it takes most of its time. */
export class DemoCalls {
  readonly database: Database;
  readonly vocabulary: Vocabulary;

  constructor(database: Database, vocabulary: Vocabulary) {
    this.database = database;
    this.vocabulary = vocabulary;
  }

  to(
    dialogue: Dialogue,
    options: Partial<ConstructorParameters<typeof TypedCall>[0]> = {},
  ): TypedCall {
    const { database, vocabulary } = this;
    return new TypedCall({ dialogue, vocabulary, database, ...options });
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

export async function openDemoCalls(): Promise<DemoCalls> {
  const database = openTestDatabase();
  await seedDemo(database, today);
  const reader = new VocabularyReader({ database, clock: new VirtualClock(), log: noLog });
  return new DemoCalls(database, await reader.read());
}

/** Every line of a caller with what its answer must say. */
export async function follow(
  call: TypedCall,
  lines: readonly (readonly [string, RegExp])[],
): Promise<void> {
  for (const [said, expected] of lines) assert.match(await call.say(said), expected, said);
}
