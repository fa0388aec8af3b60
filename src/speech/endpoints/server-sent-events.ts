/**
 * The data of each event in a stream of server-sent events, by the WHATWG's HTML standard §9.2.6:
 * lines end in LF, CR or both, several `data` lines are one text, an event that the end of the
 * stream cuts off counts for nothing. Names, ids and comments are passed over.
 */
export async function* eventData(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  let data: string[] = [];
  for await (const chunk of chunks) {
    open += decoder.decode(chunk, { stream: true });
    // A CR at the end may be the first half of a line's end.
    const lines = open.split(/\r\n|\n|\r(?!$)/u);
    open = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
      if (line !== '' || data.length === 0) continue;
      yield data.join('\n');
      data = [];
    }
  }
}
