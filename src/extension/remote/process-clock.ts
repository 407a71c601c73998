/** A thread's monotonic clock, in milliseconds. Its zero point means nothing to other threads. */
export interface ThreadClock {
  now(): number;
}

/** The clock of `performance`. Versions of the platform differ in whether it begins anew in each thread. */
export const threadClock: ThreadClock = { now: () => performance.now() };

/** Monotonic milliseconds with one zero point for all threads of the process. */
function processNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** A moment of a thread's clock, as all threads of the process understand it. */
export function toProcessTime(moment: number, clock: ThreadClock): number {
  return moment - clock.now() + processNow();
}

/** A moment that all threads of the process understand, on a thread's own clock. */
export function fromProcessTime(moment: number, clock: ThreadClock): number {
  return moment - processNow() + clock.now();
}
