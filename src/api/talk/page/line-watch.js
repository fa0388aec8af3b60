/** Looks, a second apart, without a sign of the gateway: until the page says so, and gives up. */
const looksMax = { waiting: 3, lost: 15 };

/**
 * Tells whether the gateway is still there: it sends sound every 20 ms, silence too. Looks are
 * counted, not time: a page that was put to sleep does not take its own absence for the gateway's.
 */
export class LineWatch {
  #emptyLooks = 0;
  #on;

  /** `on.waiting` is told whether nothing comes, `on.lost` once that nothing will come any more. */
  constructor(on) {
    this.#on = on;
  }

  /** Once a second. */
  look() {
    this.#emptyLooks += 1;
    if (this.#emptyLooks === looksMax.waiting) this.#on.waiting(true);
    if (this.#emptyLooks === looksMax.lost) this.#on.lost();
  }

  noteSign() {
    if (this.#emptyLooks >= looksMax.waiting) this.#on.waiting(false);
    this.#emptyLooks = 0;
  }
}
