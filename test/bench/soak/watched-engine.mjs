import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_MS = 10_000;
const COLLECTIONS = 5;
const BETWEEN_COLLECTIONS_MS = 1_000;

/** Options of the engine's process that let it be watched. */
export const WATCHED = ['--expose-gc', '--import', new URL('./probe.mjs', import.meta.url).href];

/** How long `memory` takes, about. */
export const MEMORY_MS = COLLECTIONS * (BETWEEN_COLLECTIONS_MS + 500);

/** Asks the probe in an engine's process. */
export class WatchedEngine {
  #process;

  /** @param process a BenchProcess that was started with `WATCHED` */
  constructor(process) {
    this.#process = process;
  }

  /** Begins to watch the event loops anew. */
  async reset() {
    await this.#ask('reset');
  }

  /**
   * Collects garbage several times.
   *
   * @returns the least of the process and of the heaps with what they hold outside, in bytes: what is under way at
   * that moment comes and goes, what leaks stays
   */
  async memory() {
    const found = [];
    for (let count = 0; count < COLLECTIONS; count++) {
      if (count > 0) await sleep(BETWEEN_COLLECTIONS_MS);
      const { rss, answers } = await this.#ask('collect');
      const live = answers.reduce((sum, { heapUsed, external }) => sum + heapUsed + external, 0);
      found.push({ rss, live });
    }
    const least = (field) => Math.min(...found.map((one) => one[field]));
    return { rss: least('rss'), live: least('live') };
  }

  /** The delays of the thread that was the latest, in ms: p50, p99, max, and the p99 of what its own work explains. */
  async delays() {
    const { answers } = await this.#ask('delays');
    return answers.reduce((worst, one) => (one.p99 > worst.p99 ? one : worst));
  }

  async #ask(order) {
    this.#process.send(order);
    return await this.#process.message(ANSWER_MS);
  }
}
