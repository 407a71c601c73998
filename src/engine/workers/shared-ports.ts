import { type AddressInfo, createServer, isIPv4 } from 'node:net';
import { type ListenAddress, listening } from '../../pipeline/listening.js';

/** A server of a receiver that is to listen somewhere, in each worker. */
export interface SharedServer extends ListenAddress {
  /** The same for it in every worker, and for no other server. */
  readonly key: string;
  /** As messages name it. */
  readonly receiver: string;
}

interface Claim {
  readonly receiver: string;
  readonly address: string;
  readonly port: number;
}

/** Says which port all instances of a receiver listen at. */
export class SharedPorts {
  /** By the key of the server. */
  readonly #ports = new Map<string, Promise<number>>();
  readonly #claims: Claim[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /**
   * The port of a server: the wanted one, or for 0 one that the system chose for the first who asked.
   *
   * @throws the platform's error when another process listens there, an error with the code EADDRINUSE when another
   * server of this configuration does. Workers do not notice: who shares a port takes a part of the connections of
   * whoever shares it too, which is to be another worker and nobody else.
   */
  async portOf(server: SharedServer): Promise<number> {
    const { key } = server;
    const known = this.#ports.get(key);
    if (known !== undefined) return await known;
    const found = this.#find(server);
    this.#ports.set(key, found);
    try {
      return await found;
    } catch (error) {
      this.#ports.delete(key);
      throw error;
    }
  }

  /** One after another: of two servers that want the same address, the second one must see the first. */
  #find(server: SharedServer): Promise<number> {
    const found = this.#last.then(() => this.#claim(server));
    this.#last = found.catch(() => {});
    return found;
  }

  async #claim(server: SharedServer): Promise<number> {
    const { receiver, host, port: wanted } = server;
    const chosen = await listenAlone(host, 0);
    const address = plain(chosen.address);
    const port = wanted === 0 ? chosen.port : wanted;
    const other = this.#claims.find((claim) => claim.port === port && overlap(claim.address, address));
    if (other !== undefined) {
      // Whoever claimed it does not listen yet, so the system could choose it once more.
      if (wanted === 0) return await this.#claim(server);
      throw claimed(receiver, other);
    }
    if (wanted !== 0) await listenAlone(host, port);
    this.#claims.push({ receiver, address, port });
    return port;
  }
}

function claimed(receiver: string, { receiver: other, address, port }: Claim): Error {
  const who = other === receiver ? 'another server of this receiver' : other;
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return Object.assign(new Error(`${who} listens at ${where} already`), { code: 'EADDRINUSE' });
}

/** Whether one address takes in the other, but for their ports. */
const overlap = (one: string, other: string): boolean =>
  one === other || takesIn(one, other) || takesIn(other, one);

const takesIn = (one: string, other: string): boolean => one === '::' || (one === '0.0.0.0' && isIPv4(other));

/** An address of IPv4 that is written as one of IPv6 is the one of IPv4. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');

/** Listens there alone for a moment. @returns where that was: names and other spellings of an address are resolved */
async function listenAlone(host: string, wanted: number): Promise<AddressInfo> {
  const server = createServer();
  const address = await listening(server, { host, port: wanted });
  await new Promise((resolve) => server.close(resolve));
  return address;
}
