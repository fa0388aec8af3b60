/** The bytes of `text`, or null when it is not base64: Node's decoder skips what it cannot read. */
export function bytesOfBase64(text: string): Buffer | null {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === Math.floor(((text.length - padding) * 3) / 4) ? bytes : null;
}
