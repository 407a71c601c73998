import type { MessagePort } from 'node:worker_threads';
import { Parcel } from './parcel.js';

/** Sends everything that one turn of the event loop brings together, for most of the cost is a message's, not a call's. */
export class TurnSender {
  readonly #port: MessagePort;
  readonly #onFailure: (error: unknown) => void;
  readonly #send = (): void => this.flush();
  #parcel: Parcel | undefined;
  #closed = false;

  /** @param onFailure told when the port takes nothing; what was to be sent is lost then */
  constructor(port: MessagePort, onFailure: (error: unknown) => void) {
    this.#port = port;
    this.#onFailure = onFailure;
  }

  /** What is sent at the end of this turn. */
  get parcel(): Parcel {
    if (this.#parcel === undefined) {
      this.#parcel = new Parcel();
      setImmediate(this.#send);
    }
    return this.#parcel;
  }

  /** Sends at once what there is. */
  flush(): void {
    const parcel = this.#parcel;
    this.#parcel = undefined;
    if (parcel === undefined || this.#closed) return;
    try {
      parcel.post(this.#port);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Sends what there is, and nothing more. */
  close(): void {
    this.flush();
    this.#closed = true;
  }
}
