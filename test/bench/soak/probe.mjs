// Preloaded into the engine of a soak, its worker threads included: watches the event loop, and answers the bench over
// the process's message channel. Orders: 'reset' begins the watch anew, 'collect' collects garbage and says what is left,
// 'delays' says how late the event loops were.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';
import { OwnDelays } from './own-delays.mjs';

const INTERVAL_MS = 10;
/** How long the worker threads have to answer. */
const ANSWER_MS = 500;

const delays = monitorEventLoopDelay({ resolution: INTERVAL_MS });
delays.enable();
const own = new OwnDelays(INTERVAL_MS);

const orders = {
  reset: () => {
    delays.reset();
    own.reset();
  },
  collect: () => {
    // The delay of a collection that the bench asked for is not the engine's.
    delays.disable();
    own.skip(() => globalThis.gc());
    delays.enable();
    const { heapUsed, external } = process.memoryUsage();
    return { heapUsed, external };
  },
  delays: () => ({ thread: threadId, count: delays.count, ...inMillis(), ownP99: own.p99 }),
};

/** The timer's own interval is in what it records, and is no delay. */
function inMillis() {
  const millis = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - INTERVAL_MS);
  return { p50: millis(delays.percentile(50)), p99: millis(delays.percentile(99)), max: millis(delays.max) };
}

const toThreads = new BroadcastChannel('otap-dataflow bench probe, orders');
const fromThreads = new BroadcastChannel('otap-dataflow bench probe, answers');
if (isMainThread) {
  let answers = [];
  fromThreads.onmessage = ({ data }) => answers.push(data);
  process.on('message', async (order) => {
    answers = [];
    toThreads.postMessage(order);
    const answer = orders[order]();
    await sleep(ANSWER_MS);
    process.send({ answers: [answer, ...answers], rss: process.memoryUsage.rss() });
  });
  // Neither keeps an engine alive that has done its work.
  process.channel.unref();
} else {
  toThreads.onmessage = ({ data: order }) => fromThreads.postMessage(orders[order]());
}
toThreads.unref();
fromThreads.unref();
