import { Client, type Dispatcher } from 'undici';

/**
 * A client of an undici pool that makes no connection for a request that was given up while it waited for one. undici
 * itself learns that a signal has aborted only when there is a connection to send the request on, and until then the
 * request holds a place that others wait for.
 *
 * For pools with `pipelining: 1`, whose clients get the next request when they are done with the last.
 */
export class AbandonableClient extends Client {
  #patience: AbortSignal | undefined;

  /** Aborts when nobody waits for the last request any more; `undefined` when that cannot be known. */
  get patience(): AbortSignal | undefined {
    return this.#patience;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const signal = signalOf(options);
    if (signal?.aborted === true && handler.onError !== undefined) {
      handler.onError(signal.reason);
      // It is as free as before.
      return true;
    }
    this.#patience = signal;
    return super.dispatch(options, handler);
  }
}

/** undici hands on the options of `request` as they are, with the signal that is not part of those of `dispatch`. */
function signalOf(options: Dispatcher.DispatchOptions): AbortSignal | undefined {
  const signal: unknown = 'signal' in options ? options.signal : undefined;
  return signal instanceof AbortSignal ? signal : undefined;
}
