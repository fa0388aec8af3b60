import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../store/tables.ts';
import {
  asking,
  likeness,
  readingFor,
  searchText,
  type Transactions,
  wordsQuery,
} from './data-query.ts';
import { jurisdictionsOf } from './jurisdiction.ts';
import { dayOf } from './period.ts';
import type { Tool } from './tool.ts';

/** A guess, stricter than for dishes: another rule than the one asked for is worse than none. */
const likenessMin = 0.6;

const input = z.object({
  jurisdiction: searchText('Whose law: US, US-CA for California, CA for Canada, GB, EU, MT.'),
  topic: searchText('What the rule is about: standard VAT rate, business meals.'),
});

export interface TaxRule {
  readonly jurisdiction: string;
  readonly topic: string;
  /** `null`: none is known. */
  readonly rule: string | null;
  readonly notes: string | null;
  /** Where the law or the authority says so. */
  readonly source: string | null;
  readonly effective_from: string | null;
  readonly is_demo: boolean;
}

/** The rule that is in force today on a topic, or that none is known. */
export function checkTaxRule(database: Transactions): Tool<z.infer<typeof input>, TaxRule> {
  return {
    ...asking,
    name: 'check_tax_rule',
    description:
      'Looks up a tax rule with its source. rule null means that none is on file: say so and ' +
      'quote no rule from memory as if it were. Always name the source with the rule.',
    input,
    minTrust: 'anonymous',
    isSensitive: false,
    async run(asked, context) {
      const jurisdictions = jurisdictionsOf(asked.jurisdiction);
      const search = { topic: asked.topic, jurisdictions, today: dayOf(context.clock.epochMs()) };
      const reading = readingFor(context);
      const rule = await database.transaction((rows) => ruleInForce(rows, search), reading);
      return rule ?? noneKnown(jurisdictions[0] ?? asked.jurisdiction, asked.topic);
    },
  };
}

interface RuleSearch {
  readonly topic: string;
  /** The nearest first. */
  readonly jurisdictions: readonly string[];
  readonly today: string;
}

async function ruleInForce(
  rows: Kysely<Tables>,
  { topic, jurisdictions, today }: RuleSearch,
): Promise<TaxRule | undefined> {
  const { sql } = await import('kysely');
  const words = wordsQuery(sql, topic, '&');
  const alike = likeness(sql, topic, 'topic');
  const hasWords = sql<boolean>`coalesce(search @@ ${words}, false)`;
  return await rows
    .selectFrom('tax_rules')
    .select(['jurisdiction', 'topic', 'rule', 'notes', 'source', 'is_demo'])
    .select(sql<string | null>`effective_from::text`.as('effective_from'))
    .where('jurisdiction', 'in', jurisdictions)
    .where((where) =>
      where.or([where('effective_from', 'is', null), where('effective_from', '<=', today)]),
    )
    .where((where) =>
      where.or([where('effective_to', 'is', null), where('effective_to', '>=', today)]),
    )
    .where((where) => where.or([hasWords, where(alike, '>=', likenessMin)]))
    .orderBy(sql`length(jurisdiction)`, 'desc')
    .orderBy(sql`${alike} + coalesce(ts_rank(search, ${words}), 0)`, 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

function noneKnown(jurisdiction: string, topic: string): TaxRule {
  const notes = 'No rule on this is on file.';
  const nothing = { rule: null, source: null, effective_from: null, is_demo: false };
  return { jurisdiction, topic, notes, ...nothing };
}
