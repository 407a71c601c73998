import type { Encoder, Signals } from './encode.js';
import { Op } from './parcel.js';
import type { TurnSender } from './turn-sender.js';

/** Tells the host when signals abort that went along with a call, for as long as the call lasts. */
export class WatchedSignals {
  readonly #stops: (() => void)[] = [];

  constructor(id: number, signals: Signals, sender: TurnSender, encoder: Encoder) {
    for (const [number, signal] of signals.entries()) {
      // One that had aborted crossed as such.
      if (signal.aborted) continue;
      const tell = (): void => {
        const { parcel } = sender;
        parcel.messages.push([Op.abort, id, number, encoder.error(signal.reason, parcel)]);
      };
      signal.addEventListener('abort', tell, { once: true });
      this.#stops.push(() => signal.removeEventListener('abort', tell));
    }
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops.length = 0;
  }
}

/** `undefined` for none, which is the rule. */
export function watchSignals(
  id: number,
  signals: Signals,
  sender: TurnSender,
  encoder: Encoder,
): WatchedSignals | undefined {
  return signals.length === 0 ? undefined : new WatchedSignals(id, signals, sender, encoder);
}
