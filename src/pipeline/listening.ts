import type { AddressInfo, Server } from 'node:net';

/** Where to listen. */
export interface ListenAddress {
  /** A name or an address of this machine. */
  readonly host: string;
  /** 0 lets the system choose; all instances of a receiver then get the same port. */
  readonly port: number;
}

export interface ListenOptions {
  /**
   * Says goodbye to one connection: what it has begun is answered, and its client connects anew, perhaps to another
   * instance. Called when this instance has more than its share of the connections.
   *
   * @returns whether there was one
   */
  readonly retireOne?: () => boolean;
}

/** Makes the servers of receivers listen, where other instances of the same receiver may listen too. */
export interface Listening {
  /** @param node the receiver's id */
  listen(node: string, server: Server, address: ListenAddress, options: ListenOptions): Promise<AddressInfo>;
}

/** For the only instance: an address is its own. */
export const alone: Listening = {
  listen: (_node, server, { host, port }) => listening(server, { host, port }),
};

/**
 * Resolves when a server listens.
 *
 * @param reusePort whether others may listen at the same address (SO_REUSEPORT)
 * @throws the platform's error when it cannot
 */
export function listening(
  server: Server,
  { host, port, reusePort = false }: ListenAddress & { readonly reusePort?: boolean },
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, reusePort }, () => {
      server.off('error', reject);
      // A server that listens on host and port has an AddressInfo, never a pipe's name or null.
      resolve(server.address() as AddressInfo);
    });
  });
}
