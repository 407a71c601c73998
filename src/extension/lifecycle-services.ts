import type { Clock } from './clock.js';
import type { Logger } from './logger.js';

/** How long the extensions of a scope have to return from `start` after they are told to stop, in milliseconds. */
export const STOP_GRACE_MS = 5_000;

/** What starting, replacing and stopping instances needs. */
export interface LifecycleServices {
  readonly clock: Clock;
  readonly logger: Logger;
}
