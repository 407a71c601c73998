import type { Pdata } from '../../authoring.js';
import type { BatchProcessorSettings } from './config.js';

/** When a batch is full and when it is too big, in the unit of its sizer. */
export interface BatchLimits {
  readonly sizer: 'bytes' | 'items' | 'requests';
  /** A batch of this size is sent without waiting for more. */
  readonly full: number;
  /** A batch above this size is split; `undefined` when nothing is ever split. */
  readonly max: number | undefined;
  /** What is held is sent before a request is added that would take it over this many bytes. */
  readonly mergedBytes: number;
}

/** What OTLP servers take unless they are told otherwise. Merging must not make of two good requests one too big. */
const USUAL_LIMIT_BYTES = 4 * 1024 * 1024;

/** What is full when the configuration does not say, by sizer. */
const DEFAULT_MIN_SIZE = { bytes: 1_048_576, items: 8_192, requests: Number.POSITIVE_INFINITY };

export function batchLimits({ min_size, max_size, sizer }: BatchProcessorSettings['otlp']): BatchLimits {
  const max = max_size ?? undefined;
  const fallback = min_size === null ? Number.POSITIVE_INFINITY : DEFAULT_MIN_SIZE[sizer];
  const full = min_size ?? Math.min(fallback, max ?? Number.POSITIVE_INFINITY);
  // Splitting keeps to a maximum; and who counts items or requests, or wants larger batches, has said so.
  const bounded = sizer === 'bytes' && max === undefined && Number.isFinite(full);
  const mergedBytes = bounded ? Math.max(USUAL_LIMIT_BYTES, full) : Number.POSITIVE_INFINITY;
  return { sizer, full, max, mergedBytes };
}

/** The size of one payload. Sizes add up: merging changes the size of nothing. */
export function sizeOf(pdata: Pdata, sizer: BatchLimits['sizer']): number {
  switch (sizer) {
    case 'bytes':
      return pdata.byteLength;
    case 'items':
      return pdata.itemCount;
    case 'requests':
      return 1;
  }
}
