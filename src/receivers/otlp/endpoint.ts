import type { AddressInfo, Server } from 'node:net';
import type { Clock, SocketAddress } from '../../authoring.js';

/** One protocol that the receiver listens for. */
export interface Endpoint {
  /** Resolves when the socket listens. */
  listen(): Promise<void>;
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

/**
 * Makes a server listen.
 *
 * @param protocol the protocol's key in the configuration
 * @returns where it listens, as the system says
 * @throws Error naming the protocol, the address and what to do
 */
export function listenAt(server: Server, protocol: 'grpc' | 'http', address: SocketAddress): Promise<string> {
  const wanted = showAddress(address.host, address.port);
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const reason = REASONS[error.code ?? ''] ?? `${error.message}; check`;
      reject(
        new Error(
          `cannot listen for OTLP over ${protocol} on ${wanted}: ${reason} protocols.${protocol}.listening_addr`,
          {
            cause: error,
          },
        ),
      );
    };
    server.once('error', onError);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', onError);
      // A server that listens on host and port has an AddressInfo, never a pipe's name or null.
      const { address: host, port } = server.address() as AddressInfo;
      resolve(showAddress(host, port));
    });
  });
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
