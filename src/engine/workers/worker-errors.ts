/** How many workers there are beside one. */
export interface OtherWorkers {
  readonly all: number;
  /** How many of them serve. */
  readonly serving: number;
}

/** All wording about workers that end while they should serve or stop. */
export const workerErrors = {
  /** @param loses whether it served, and could not deliver what it had */
  gone: (worker: number, reason: string, loses: boolean, others: OtherWorkers, delayMs: number) =>
    new Error(
      `worker ${worker} is gone: ${reason}; ${loses ? 'what it had not acknowledged is lost to it; ' : ''}` +
        `${whoServes(others)}, and it is started again in ${delayMs} ms`,
    ),

  /** @param restarts how often it was started again in a row; 0 when that is switched off */
  goneForGood: (worker: number, reason: string, others: OtherWorkers, restarts: number) =>
    new Error(
      restarts === 0
        ? `worker ${worker} is gone for good: ${reason}; ${whoServes(others)}; ` +
            'it is not started again, for policies.runtime_recovery is not enabled'
        : `worker ${worker} is gone for good after ${restarts === 1 ? '1 restart' : `${restarts} restarts in a row`}: ` +
            `${reason}; ${whoServes(others)}; see policies.runtime_recovery`,
    ),

  goneInStop: (worker: number, reason: string) =>
    new Error(
      `worker ${worker} is gone while it was stopped: ${reason}; what it had not acknowledged is lost to it`,
    ),
};

function whoServes({ all, serving }: OtherWorkers): string {
  if (serving === 0) return 'no other worker serves';
  return serving === all ? 'the other workers serve on' : `${serving} of the ${all} other workers serve on`;
}
