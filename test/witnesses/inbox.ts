/** Events of a client in the order in which they came, those to come included. */
export class Inbox<Event extends { readonly type: string }> {
  readonly all: Event[] = [];
  readonly #wanted = new Set<() => void>();
  /** Events before this one were taken by `next`. */
  #taken = 0;

  push(event: Event): void {
    this.all.push(event);
    for (const look of [...this.#wanted]) look();
  }

  /** The first event of `type` that came after the one taken last; waits until there is one. */
  next<Type extends Event['type']>(type: Type): Promise<Event & { readonly type: Type }> {
    return new Promise((resolve) => {
      const look = (): void => {
        const at = this.all.findIndex((event, index) => {
          return index >= this.#taken && event.type === type;
        });
        if (at < 0) return;
        this.#taken = at + 1;
        this.#wanted.delete(look);
        resolve(this.all[at] as Event & { readonly type: Type });
      };
      this.#wanted.add(look);
      look();
    });
  }

  of<Type extends Event['type']>(type: Type): (Event & { readonly type: Type })[] {
    return this.all.filter(
      (event): event is Event & { readonly type: Type } => event.type === type,
    );
  }
}
