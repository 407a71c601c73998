import { type Signal, signals } from '../../authoring.js';
import type { TrafficSettings } from './config.js';

/** One request to generate. */
export interface PlannedBatch {
  readonly signal: Signal;
  /** How many spans, data points or log records it holds. */
  readonly count: number;
}

export type Weights = Readonly<Record<Signal, number>>;

/** How many full batches are planned at a time when no rate says what a second holds. */
const UNPACED_BATCHES = 64;

/** All batches to generate, a second's worth at a time, ending at exactly `max_signal_count` signals. */
export function* schedule(traffic: TrafficSettings): Generator<readonly PlannedBatch[], void> {
  const weights = { logs: traffic.log_weight, metrics: traffic.metric_weight, traces: traffic.trace_weight };
  const limit = traffic.max_signal_count ?? Number.POSITIVE_INFINITY;
  const perSecond = traffic.signals_per_second ?? traffic.max_batch_size * UNPACED_BATCHES;
  for (let planned = 0; planned < limit; ) {
    const before = shares(planned, weights);
    planned = Math.min(limit, planned + perSecond);
    const after = shares(planned, weights);
    const counts = {
      logs: after.logs - before.logs,
      metrics: after.metrics - before.metrics,
      traces: after.traces - before.traces,
    };
    yield planBatches(counts, traffic.max_batch_size);
  }
}

/**
 * How many of the first `total` signals are of which kind. Shares never shrink as `total` grows and always add up
 * to it, so the difference between two totals is what to generate in between.
 */
export function shares(total: number, { logs, metrics, traces }: Weights): Record<Signal, number> {
  const logShare = part(total, logs, logs + metrics + traces);
  const metricShare = part(total - logShare, metrics, metrics + traces);
  return { logs: logShare, metrics: metricShare, traces: total - logShare - metricShare };
}

function part(total: number, weight: number, weights: number): number {
  // Nothing may be left for a kind of weight 0, not even by rounding.
  if (weight === 0) return 0;
  return weight === weights ? total : Math.floor((total * weight) / weights);
}

/** The batches for these counts: full ones and a remainder for each kind, the kinds mixed evenly. */
export function planBatches(
  counts: Readonly<Record<Signal, number>>,
  maxBatchSize: number,
): readonly PlannedBatch[] {
  const batches: PlannedBatch[] = [];
  const queues = signals
    .filter((signal) => counts[signal] > 0)
    .map((signal) => ({ signal, left: counts[signal], all: counts[signal] }));
  for (;;) {
    // Next is the kind of which the largest part is still to come.
    let next = queues[0];
    for (const queue of queues) {
      if (next === undefined || queue.left / queue.all > next.left / next.all) next = queue;
    }
    if (next === undefined || next.left === 0) return batches;
    const count = Math.min(maxBatchSize, next.left);
    next.left -= count;
    batches.push({ signal: next.signal, count });
  }
}
