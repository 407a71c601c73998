import { createServer } from 'node:net';
import { listening } from '../../pipeline/listening.js';

/** Says which port all instances of a receiver listen at. */
export class SharedPorts {
  /** By the key of the server. */
  readonly #ports = new Map<string, Promise<number>>();

  /**
   * The port of a server: the wanted one, or for 0 one that the system chose for the first who asked.
   *
   * @throws the platform's error when another process listens there. Workers do not notice: who shares a port takes a
   * part of the connections of whoever shares it too, which is to be another worker and nobody else.
   */
  async portOf(key: string, host: string, port: number): Promise<number> {
    const known = this.#ports.get(key);
    if (known !== undefined) return await known;
    const found = freePort(host, port);
    this.#ports.set(key, found);
    try {
      return await found;
    } catch (error) {
      this.#ports.delete(key);
      throw error;
    }
  }
}

/** Listens there alone for a moment. */
async function freePort(host: string, wanted: number): Promise<number> {
  const server = createServer();
  const { port } = await listening(server, { host, port: wanted });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
