import type { Envelope } from './frame.js';
import type { BatchTime } from './stamp.js';

/** Generates the requests of one signal. */
export interface Source {
  /** A request with this many items, encoded. */
  request(count: number, envelope: Envelope, time: BatchTime): Uint8Array;
}
