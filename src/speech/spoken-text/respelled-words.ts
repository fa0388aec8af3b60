/**
 * Words that Flite's letter rules say wrongly, spelled so that it says them properly: names of
 * dishes and drinks, places, and terms of accounting. Flite takes no entries for its dictionary.
 */
const respellings: ReadonlyMap<string, string> = new Map([
  ['aljotta', 'al yotta'],
  ['amortisation', 'amortization'],
  ['amortised', 'amortized'],
  ['bigilla', 'bih jillah'],
  ['bragioli', 'brah joe lee'],
  ['brochette', 'bro shett'],
  ['brochettes', 'bro shetts'],
  ['brulee', 'broo lay'],
  ['bruschetta', 'broo sketta'],
  ['chardonnay', 'shar dough nay'],
  ['choma', 'show ma'],
  ['creme', 'krem'],
  ['croissant', 'kwah sahn'],
  ['ebitda', 'ee bit dah'],
  ['ftira', 'fuh teera'],
  ['gaap', 'gap'],
  ['gellewza', 'jell oozah'],
  ['girgentina', 'jeer jen teena'],
  ['gnocchi', 'nyoh kee'],
  ['imqaret', 'imma ret'],
  ['isombe', 'ee som bay'],
  ['lampuki', 'lam pookey'],
  ['latte', 'lah tay'],
  ['matoke', 'mah toe kay'],
  ['merlot', 'mer low'],
  ['nyama', 'knee ahma'],
  ['pastizzi', 'pass teetsy'],
  ['pinot', 'pea no'],
  ['ravjul', 'rav yule'],
  ['rwanda', 'rue wonda'],
  ['rwandan', 'rue wondin'],
  ['samosa', 'suh mosa'],
  ['samosas', 'suh mosas'],
  ['sauvignon', 'so veen yon'],
  ['tilapia', 'tih lah pia'],
  ['vinaigrette', 'vin a gret'],
]);

/** `text` with the words that Flite says wrongly spelled as they sound. */
export function respelled(text: string): string {
  return text.replace(/[a-z]+/giu, (word) => respellings.get(word.toLowerCase()) ?? word);
}
