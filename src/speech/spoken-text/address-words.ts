const email = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu;
const link = /\bhttps?:\/\/([^\s/?#]+)([^\s?#]*)\S*/gu;
/** The ends of addresses that people write without `https://`. */
const ends = 'com|org|net|info|io|dev|app|ai|eu|rw|mt|uk|de|fr|ie|ca|us';
const bare = new RegExp(String.raw`\b(?:[a-z0-9-]+\.)+(?:${ends})\b(?:/[\w./-]*)?`, 'giu');

/** Addresses of mail and of pages, as people tell them: `info at example dot com`. */
export function sayAddresses(text: string): string {
  return text
    .replace(email, spelled)
    .replace(link, (_, host: string, path: string) => spelled(`${host}${path}`))
    .replace(bare, spelled);
}

function spelled(address: string): string {
  const [, said = address, end = ''] =
    /^(.*?)([.,/]*)$/u.exec(address.replace(/^www\./iu, '')) ?? [];
  const words = said
    .replaceAll('@', ' at ')
    .replaceAll('.', ' dot ')
    .replaceAll('/', ' slash ')
    .replaceAll('-', ' dash ')
    .replaceAll('_', ' underscore ')
    .replaceAll('+', ' plus ');
  return ` ${words}${end.replaceAll('/', '')}`;
}
