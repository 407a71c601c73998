// The load of a contest: one client that turns from one target to the other, so that whatever else the machine does
// meets both alike. A target that is not in turn gets nothing.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadsCpuMicros } from './proc.mjs';
import { senders } from './senders.mjs';

/** What a batch that is not full waits for, and more: what was taken in a turn is sent on in it. */
const SETTLE_MS = 250;

class Side {
  sent = 0;
  #sends;
  #pid;

  constructor(target) {
    this.#sends = senders[target.protocol](target);
    this.#pid = target.enginePid;
  }

  /** Sends as fast as it is answered. The CPU is that of the whole turn, with what was left to do after it. */
  async turn(millis) {
    const before = this.sent;
    const cpu = threadsCpuMicros(this.#pid);
    const start = performance.now();
    const end = start + millis;
    await Promise.all(
      this.#sends.map(async (send) => {
        while (performance.now() < end) {
          await send();
          this.sent += 1;
        }
      }),
    );
    const took = performance.now() - start;
    await sleep(SETTLE_MS);
    return { requests: this.sent - before, millis: took, cpuMicros: threadsCpuMicros(this.#pid) - cpu };
  }
}

process.channel.ref();
const [{ targets, warmUpMs, turnMs, pairs }] = await once(process, 'message');
try {
  const sides = targets.map((target) => new Side(target));
  for (const side of sides) await side.turn(warmUpMs);
  const turns = [];
  for (let pair = 0; pair < pairs; pair++) {
    const taken = [];
    // Nobody is always first.
    for (const index of pair % 2 === 0 ? [0, 1] : [1, 0]) taken[index] = await sides[index].turn(turnMs);
    turns.push(taken);
  }
  process.send({ turns, sent: sides.map(({ sent }) => sent) });
} catch (error) {
  process.send({ error: String(error.stack) });
}
