import { createHistogram } from 'node:perf_hooks';

/**
 * How late the event loop of this thread was by its own doing: no more than the CPU time that the thread used
 * meanwhile. What is beyond that, a busy machine did.
 */
export class OwnDelays {
  #histogram = createHistogram();
  #intervalMs;
  #last = now();
  #skipping = false;

  constructor(intervalMs) {
    this.#intervalMs = intervalMs;
    setInterval(() => this.#record(), intervalMs).unref();
  }

  reset() {
    this.#histogram.reset();
  }

  /** Leaves out what `work` takes. */
  skip(work) {
    work();
    this.#skipping = true;
  }

  /** In ms. */
  get p99() {
    return this.#histogram.percentile(99) / 1_000;
  }

  #record() {
    const { atMs, cpuMs } = now();
    const late = atMs - this.#last.atMs - this.#intervalMs;
    const used = cpuMs - this.#last.cpuMs;
    // Microseconds; a histogram takes nothing below 1.
    if (!this.#skipping) this.#histogram.record(Math.max(1, Math.round(Math.min(late, used) * 1_000)));
    this.#skipping = false;
    this.#last = { atMs, cpuMs };
  }
}

function now() {
  const { user, system } = process.threadCpuUsage();
  return { atMs: performance.now(), cpuMs: (user + system) / 1_000 };
}
