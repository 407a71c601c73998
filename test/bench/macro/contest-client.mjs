// The load of a contest: one client that turns from one side to the other, so that whatever else the machine does
// meets both alike. A side that is not in turn gets nothing.
import { once } from 'node:events';
import { engineTimes } from './proc.mjs';
import { senders } from './senders.mjs';

class Side {
  sent = 0;
  #sends;
  #pid;

  constructor(load) {
    this.#sends = senders[load.protocol](load);
    this.#pid = load.enginePid;
  }

  get times() {
    return engineTimes(this.#pid);
  }

  /**
   * Sends as fast as it is answered, for so long and at least so much: a turn of a few requests on a busy machine
   * says nothing.
   *
   * @returns how long it took until all was answered
   */
  async turn(millis, requests) {
    const start = performance.now();
    const end = start + millis;
    const enough = this.sent + requests;
    await Promise.all(
      this.#sends.map(async (send) => {
        while (performance.now() < end || this.sent < enough) {
          await send();
          this.sent += 1;
        }
      }),
    );
    return performance.now() - start;
  }
}

/** One turn of each side. What a side still does in the other's turn, such as to send what it held, is its own CPU. */
async function pair(sides, order, { turnMs, turnRequests }) {
  const before = sides.map(({ sent, times }) => ({ sent, ...times }));
  const millis = [];
  for (const index of order) millis[index] = await sides[index].turn(turnMs, turnRequests);
  return sides.map(({ sent, times }, index) => ({
    requests: sent - before[index].sent,
    millis: millis[index],
    cpuMicros: times.cpuMicros - before[index].cpuMicros,
    waitedMicros: times.waitedMicros - before[index].waitedMicros,
  }));
}

process.channel.ref();
const [{ loads, warmUpMs, turn, pairs }] = await once(process, 'message');
try {
  const sides = loads.map((load) => new Side(load));
  // In turns too: a side that waited for the other one's warm-up would be slower for seconds.
  for (let warm = 0; warm < warmUpMs; warm += turn.turnMs) {
    for (const side of sides) await side.turn(turn.turnMs, 0);
  }
  const taken = [];
  // Nobody is always first.
  for (let count = 0; count < pairs; count++) {
    taken.push(await pair(sides, count % 2 === 0 ? [0, 1] : [1, 0], turn));
  }
  process.send({ pairs: taken, sent: sides.map(({ sent }) => sent) });
} catch (error) {
  process.send({ error: String(error.stack) });
}
