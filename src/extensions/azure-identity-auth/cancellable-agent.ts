import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

/** The signal of the token request that the running code belongs to. */
const requestSignal = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs `work` so that connections which it opens through `cancellableAgent` are cut when the signal aborts.
 *
 * The managed identity credential heeds no abort signal, and its library keeps the HTTP client of the first
 * instance for all later ones of the process. So the signal travels with the call, not with the client.
 */
export function cuttingConnections<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return requestSignal.run(signal, work);
}

class CancellableAgent extends Agent {
  override createConnection(
    options: ClientRequestArgs,
    connected?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = super.createConnection(options, connected);
    const signal = requestSignal.getStore();
    if (signal === undefined || socket === null || socket === undefined) return socket;
    const cut = (): void => {
      socket.destroy(new Error('the token request was cancelled'));
    };
    signal.addEventListener('abort', cut, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', cut));
    return socket;
  }
}

/** One connection a request, so that each belongs to one call. */
export const cancellableAgent: Agent = new CancellableAgent({ keepAlive: false });
