import { numberWords } from './number-words.ts';
import { totalText } from './price.ts';
import type { Scene } from './scene.ts';
import { isPlural, plural } from './spoken-forms.ts';
import type { OfferedItem, OrderLine } from './state.ts';
import { type Facts, listText, render } from './template.ts';

/** What is said unless the file says otherwise. `{examples}` and `{about}` are known everywhere. */
export const defaultReplies = {
  help: 'I can help with {about}. You can say: {examples}.',
  not_understood: 'Sorry, I did not get that. You can say, for example: {example}.',
  not_understood_again: 'I can only help with {about}. You can say: {examples}.',
  not_understood_still: 'I am sorry, I still do not understand. You can say {example}, or “help”.',
  silence: 'Are you still there? You can say, for example: {example}.',
  more: 'There is also {list}[, and {more} more].',
  no_more: 'That is all that I know of.',
  nothing_to_repeat: 'I have not said anything yet. I can help with {about}.',
  goodbye: 'Thank you for calling. Goodbye!',
  yes_to_what: 'What would you like? You can say, for example: {example}.',
  no_to_what: 'All right. What would you like instead? Say goodbye when you are done.',
  nothing: 'I am sorry, I have found nothing on that.',
  failed: 'I am sorry, I cannot look that up just now. Please try again in a moment.',
  refused: 'I am sorry, I may only tell that to callers who have been verified.',
  invalid: 'I am sorry, I could not look that up as you said it. You can say: {examples}.',
  wait: 'One moment, please.',
  order_added: 'I have noted {added}.',
  order_swapped: 'I have put {added} in the place of {old}.',
  order_changed: 'I have changed that: {line}.',
  order_removed: 'I have taken off {line}.',
  order_anything_else: 'Anything else?',
  order_offer: '{upsell} Would you like that, for {price}?',
  order_offer_asked: '{upsell} {name} is {price}.',
  order_offer_again: 'As I said: {upsell} I know of nothing else that goes with {dish}.',
  order_offer_had: '{upsell} That is in your order already.',
  order_tip: '{upsell}',
  order_which: 'Which one do you mean: {choices}?',
  order_ask_later: 'There are several kinds of {words}: please name yours afterwards.',
  order_not_on_menu: 'I am sorry, {words} is not on the menu.',
  order_other_venue:
    'I am sorry, {name} is from {venue}, and your order is for {order_venue}: ' +
    'an order is for one restaurant.',
  order_menu_failed: 'I am sorry, I cannot see the menu just now. I have not noted {words}.',
  order_read: 'You have {order}. That is {total}.',
  order_total: 'That is {total} for {order}.',
  order_empty: 'There is nothing in your order yet.',
  order_price: '{name} is {price}.',
  order_is_placed: 'Your order has been placed: {order}, together {total}. I cannot change it.',
  order_not_in_it: 'That is not in your order. You have {order}.',
  order_cancelled: 'All right, I have cancelled the whole order.',
  order_too_many: 'I am sorry, I can note at most {most} of one thing. I have not changed it.',
  order_confirm: 'Your order is {order}, together {total}. Shall I place it?',
  order_placed: 'Your order is placed: {order}, together {total}.',
  order_placed_else: 'Can I do anything else for you?',
  order_place_failed: 'I am sorry, your order could not be placed. Nothing has been ordered.',
  order_not_placed: 'All right, I have not placed it. What would you like to change?',
  order_change_what: 'What would you like instead?',
  order_left: 'All right, nothing has been ordered.',
  order_offer_declined: 'All right. Anything else?',
  order_pairing_none: 'I do not have a recommendation for {name}.',
  order_pairing_of_what: 'I can tell you what goes with a dish. With which one?',
} as const;

export type ReplyName = keyof typeof defaultReplies;

/** One of the standing replies, in the file's words or ours; `at` chooses the example. */
export function reply(scene: Scene, name: ReplyName, facts: Facts = {}, at = 0): string {
  const { about, examples, replies, order } = scene.dialogue.written;
  const own = order?.replies[name] ?? replies[name];
  const example = examples[at % examples.length] ?? '';
  const known = {
    ...choiceFacts(scene),
    ...{ about, example: `“${example}”`, examples: quoted(examples) },
  };
  return render(own ?? defaultReplies[name], { ...known, ...facts });
}

/** More are not listened to. */
const choicesMax = 8;

/** What there is of each list, `{venue_list}`, and the same as a question, `{venue_choices}`. */
export function choiceFacts({ dialogue, vocabulary }: Scene): Facts {
  const facts = Object.entries(dialogue.written.slots).flatMap(([slot, { from }]) => {
    const entries = vocabulary[from ?? ''] ?? [];
    const names = entries.slice(0, choicesMax).map(({ names }) => nameText(names[0] ?? ''));
    return [
      [`${slot}_list`, listText(names)],
      [`${slot}_choices`, listText(names, 'or')],
    ];
  });
  return Object.fromEntries(facts);
}

/** Small words of names, and the letters that countries go by. */
const linkWords = new Set(['of', 'the', 'and', 'a', 'in', 'on', 'for']);
const lettersMax = 3;

/** Countries that are called so. */
const takesArticle = /^(?:us|usa|uk|eu|(?:united|european) .+)$/;

/** Words that were understood as a name is written: `the United Kingdom`, `the UK`. */
export function nameText(words: string): string {
  const written = words.split(' ').map((word) => {
    if (linkWords.has(word)) return word;
    if (word.length < lettersMax || word === 'usa' || word === 'vat') return word.toUpperCase();
    return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
  });
  const name = written.join(' ');
  return takesArticle.test(words) ? `the ${name}` : name;
}

function quoted(examples: readonly string[]): string {
  return listText(
    examples.map((example) => `“${example}”`),
    'or',
  );
}

/** `Gellewza, a glass` as people say it: `a glass of Gellewza`. What is no name stays as it is. */
export function saidName(name: unknown): unknown {
  return typeof name === 'string' ? name.replace(/^(.+), (an? \w+)$/, '$2 of $1') : name;
}

/** `one Lager`, `two Lagers`, `two glasses of Gellewza`, `one portion of Goat brochettes`. */
export function countedName(name: string, count: number): string {
  const [, what, measure] = /^(.+), an? (\w+)$/.exec(name) ?? [];
  const number = count <= 99 ? numberWords(count) : String(count);
  if (what !== undefined && measure !== undefined) {
    return `${number} ${count === 1 ? measure : plural(measure)} of ${what}`;
  }
  const last = name.split(' ').at(-1) ?? name;
  if (isPlural(last.toLowerCase()) || / (?:with|and) /.test(name)) {
    return `${number} ${count === 1 ? 'portion' : 'portions'} of ${name}`;
  }
  return `${number} ${count === 1 ? name : plural(name)}`;
}

export function lineText({ item, count }: OrderLine): string {
  return countedName(item.name, count);
}

/** What templates know of an order. */
export function orderFacts(order: readonly OrderLine[]): Facts {
  const lines = order.map(({ item, count }) => ({ price: item.price, count }));
  return { order: listText(order.map(lineText)), total: totalText(lines) };
}

export function choicesText(items: readonly OfferedItem[]): string {
  return listText(
    items.map(({ name, price }) => `${saidName(name)}, ${price}`),
    'or',
  );
}
