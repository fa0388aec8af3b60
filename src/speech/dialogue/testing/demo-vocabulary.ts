import menu from '../../../store/seed/menu.json' with { type: 'json' };
import taxes from '../../../store/seed/tax-rules.json' with { type: 'json' };
import type { Vocabulary, VocabularyEntry } from '../dialogue.ts';

function entries(values: readonly string[]): readonly VocabularyEntry[] {
  return [...new Set(values)].map((value) => ({ value, names: [value] }));
}

/** What the demonstration data lets callers say, in November 2026. */
export const demoVocabulary: Vocabulary = {
  menu_item: entries(menu.menu_items.map(({ name }) => name)),
  venue: entries(menu.menu_items.map(({ venue }) => venue)),
  jurisdiction: [
    { value: 'MT', names: ['malta'] },
    { value: 'CA', names: ['canada'] },
    { value: 'EU', names: ['eu', 'european union'] },
    { value: 'GB', names: ['uk', 'united kingdom'] },
    { value: 'US', names: ['us', 'united states'] },
  ],
  tax_topic: entries(taxes.tax_rules.map(({ topic }) => topic)),
  ledger_month: entries([
    '2025-11',
    '2025-12',
    ...Array.from({ length: 10 }, (_, index) => `2026-${String(index + 1).padStart(2, '0')}`),
  ]),
};
