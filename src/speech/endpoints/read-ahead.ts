/**
 * Takes what `source` gives as soon as it comes, however slow the consumer is: the time it takes is
 * its own. The bound on what may wait is that of the source.
 */
export async function* readAhead<Item>(source: AsyncIterable<Item>): AsyncGenerator<Item> {
  const ready: Item[] = [];
  let isOver = false;
  let wake = (): void => undefined;
  const reading = (async () => {
    try {
      for await (const item of source) {
        ready.push(item);
        wake();
      }
    } finally {
      isOver = true;
      wake();
    }
  })();
  // Told below, after what came before it.
  reading.catch(() => undefined);
  for (;;) {
    const item = ready.shift();
    if (item !== undefined) yield item;
    else if (isOver) break;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  await reading;
}
