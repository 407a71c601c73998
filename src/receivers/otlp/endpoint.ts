import type { Server } from 'node:net';
import type { Clock, ListenOptions, ReceiverContext, SocketAddress } from '../../authoring.js';

/** One protocol that the receiver listens for. */
export interface Endpoint {
  /** Resolves when the socket listens. */
  listen(listener: Listener): Promise<void>;
  /**
   * Asks the busiest of the connections to go, so that its client connects again, which may lead it to another worker
   * on the same port. No call is cut for it.
   *
   * @returns whether there was one that is not too young
   */
  retireOne(): boolean;
  /** Takes no more requests, answers those that it has, and closes. */
  drain(): Promise<void>;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; stop it or choose another',
  EADDRNOTAVAIL: 'this machine has no such address; choose another',
  EACCES:
    'the system does not allow it; choose a port above 1023 or grant the right to bind this one, or change',
  ENOTFOUND: 'the name does not resolve; choose another',
};

/** Makes servers listen, as the context of a receiver does. */
export type Listener = Pick<ReceiverContext, 'listen'>;

/**
 * Makes a server listen.
 *
 * @param protocol the protocol's key in the configuration
 * @returns where it listens, as the system says
 * @throws Error naming the protocol, the address and what to do
 */
export async function listenAt(
  listener: Listener,
  server: Server,
  protocol: 'grpc' | 'http',
  address: SocketAddress,
  options: ListenOptions,
): Promise<string> {
  try {
    const { address: host, port } = await listener.listen(server, address, options);
    return showAddress(host, port);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    // What has no code in it the platform did not say: the engine knows who else of the configuration is there.
    const reason = (message.includes(code) ? REASONS[code] : undefined) ?? `${message}; check`;
    throw new Error(
      `cannot listen for OTLP over ${protocol} on ${showAddress(address.host, address.port)}: ${reason} protocols.${protocol}.listening_addr`,
      { cause },
    );
  }
}

function showAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** How long answered connections may take to close by themselves. */
const CLOSING_MS = 1_000;

/** Waits for what should end by itself, but not for long. */
export async function settled(closed: Promise<void>, clock: Clock): Promise<void> {
  const over = new AbortController();
  await Promise.race([
    closed.finally(() => over.abort()),
    clock.sleep(CLOSING_MS, over.signal).catch(() => undefined),
  ]);
}
