import { createServer } from 'node:net';
import { type ListenAddress, listening } from '../../pipeline/listening.js';

/** Says which port all instances of a receiver listen at. */
export class SharedPorts {
  /** By the key of the server. */
  readonly #ports = new Map<string, Promise<number>>();
  readonly #taken: ListenAddress[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /**
   * The port of a server: the wanted one, or for 0 one that the system chose for the first who asked.
   *
   * @throws the platform's error when another process listens there. Workers do not notice: who shares a port takes a
   * part of the connections of whoever shares it too, which is to be another worker and nobody else.
   */
  async portOf(key: string, host: string, port: number): Promise<number> {
    const known = this.#ports.get(key);
    if (known !== undefined) return await known;
    const found = this.#find(host, port);
    this.#ports.set(key, found);
    try {
      return await found;
    } catch (error) {
      this.#ports.delete(key);
      throw error;
    }
  }

  /** One after another: of two servers that want the same address, the second one must see the first. */
  #find(host: string, port: number): Promise<number> {
    const found = this.#last.then(async () => {
      const taken = this.#taken.some((other) => other.port === port && overlap(other.host, host));
      if (taken) {
        const message = `another receiver of this configuration listens at ${host}:${port}`;
        throw Object.assign(new Error(message), { code: 'EADDRINUSE' });
      }
      const free = await freePort(host, port);
      this.#taken.push({ host, port: free });
      return free;
    });
    this.#last = found.catch(() => {});
    return found;
  }
}

/** Whether one address takes in the other, but for their ports. */
const overlap = (one: string, other: string): boolean =>
  one === other || EVERYWHERE.has(one) || EVERYWHERE.has(other);

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Listens there alone for a moment. */
async function freePort(host: string, wanted: number): Promise<number> {
  const server = createServer();
  const { port } = await listening(server, { host, port: wanted });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
