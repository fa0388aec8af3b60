/** Keeps a telephone's screen on during a call: with the screen goes the microphone. */
export class Awake {
  #isWanted = false;
  #lock = null;

  /** To be asked again when the page is looked at again: the browser lets go while it is not. */
  async keep() {
    this.#isWanted = true;
    if (this.#lock !== null || document.visibilityState !== 'visible') return;
    // Refused where the battery is low, or not known to the browser: then the screen goes off.
    const lock = await navigator.wakeLock?.request('screen').catch(() => null);
    if (!lock) return;
    if (!this.#isWanted || this.#lock !== null) {
      void lock.release();
      return;
    }
    this.#lock = lock;
    lock.onrelease = () => {
      this.#lock = null;
    };
  }

  release() {
    this.#isWanted = false;
    void this.#lock?.release();
  }
}
