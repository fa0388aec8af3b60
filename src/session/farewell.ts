const kinds = '(?:good|great|nice|lovely|wonderful|pleasant|excellent)';
const times = '(?:day|one|evening|afternoon|morning|night|weekend|meal)';

/**
 * Phrases that end a telephone call, each with what makes it something else: "take care of the
 * bill" and "say goodbye to queues" end nothing. Letters before and after are checked by
 * `farewell`.
 */
const phrases = [
  '(?<!\\b(?:say|saying) )good[ -]?bye(?! to\\b)',
  '(?<!\\b(?:say|saying) )bye(?:[ -]bye)?(?! to\\b)',
  `have an? (?:very )?${kinds} (?:rest of your )?${times}`,
  `enjoy the rest of your ${times}`,
  'take care(?! of\\b)',
  '(?:see|talk to|speak to|speak with) you (?:soon|later|then|again|tomorrow|tonight)',
  'good ?night',
  'farewell',
  'au revoir',
  'bonne (?:journée|soirée|nuit)',
  'adi[oó]s',
  'hasta (?:luego|pronto|mañana)',
  'auf wieder(?:hören|sehen)',
  'tschüss?',
  'arrivederci',
  'murabeho',
];

/** `\b` knows ASCII only; a phrase must not begin or end inside a word of any alphabet. */
const farewell = new RegExp(`(?<![\\p{L}\\p{N}])(?:${phrases.join('|')})(?![\\p{L}\\p{N}])`, 'u');

/**
 * Whether what the agent said takes leave of the caller. Only words after the last question count:
 * an agent that still asks something is not done. English above all, and the commonest phrases of
 * its callers' other languages.
 */
export function soundsLikeFarewell(text: string): boolean {
  const afterQuestions = text.slice(text.lastIndexOf('?') + 1);
  return farewell.test(afterQuestions.toLowerCase());
}
