// The load of a contest: one client that turns from one side to the other, so that whatever else the machine does
// meets both alike. A side that is not in turn gets nothing.
import { once } from 'node:events';
import { threadsCpuMicros } from './proc.mjs';
import { senders } from './senders.mjs';

class Side {
  sent = 0;
  #sends;
  #pid;

  constructor(load) {
    this.#sends = senders[load.protocol](load);
    this.#pid = load.enginePid;
  }

  get cpuMicros() {
    return threadsCpuMicros(this.#pid);
  }

  /** Sends as fast as it is answered, until all is answered. @returns how long that took */
  async turn(millis) {
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
    return performance.now() - start;
  }
}

/** One turn of each side. What a side still does in the other's turn, such as to send what it held, is its own CPU. */
async function pair(sides, order, turnMs) {
  const before = sides.map(({ sent, cpuMicros }) => ({ sent, cpuMicros }));
  const millis = [];
  for (const index of order) millis[index] = await sides[index].turn(turnMs);
  return sides.map((side, index) => ({
    requests: side.sent - before[index].sent,
    millis: millis[index],
    cpuMicros: side.cpuMicros - before[index].cpuMicros,
  }));
}

process.channel.ref();
const [{ loads, warmUpMs, turnMs, pairs }] = await once(process, 'message');
try {
  const sides = loads.map((load) => new Side(load));
  for (const side of sides) await side.turn(warmUpMs);
  const taken = [];
  // Nobody is always first.
  for (let count = 0; count < pairs; count++) {
    taken.push(await pair(sides, count % 2 === 0 ? [0, 1] : [1, 0], turnMs));
  }
  process.send({ pairs: taken, sent: sides.map(({ sent }) => sent) });
} catch (error) {
  process.send({ error: String(error.stack) });
}
