import { configJsonSchema } from './schema-tree.ts';

const columnsMax = 100;

/**
 * The text of `config/ai-agent.schema.json`, with short lists on one line as formatters have them.
 */
export function renderConfigSchema(): string {
  const text = JSON.stringify(configJsonSchema(), null, 2);
  return `${text.replace(/^( *.*)\[\n([^[\]{}]*?)\n *\](,?)$/gm, onOneLine)}\n`;
}

function onOneLine(written: string, start: string, items: string, end: string): string {
  const list = items
    .split('\n')
    .map((item) => item.trim())
    .join(' ');
  const line = `${start}[${list}]${end}`;
  return line.length <= columnsMax ? line : written;
}
