import type { Socket } from 'node:net';
import type { Clock } from '../../authoring.js';
import { Lingering } from './lingering.js';

/**
 * The sockets of an HTTP/2 server. The platform ends a session that was closed by closing this side of its socket, and
 * then waits for the client to close the other, which need not happen.
 */
export class ServerSockets {
  readonly #lingering: Lingering;
  readonly #open = new Set<Socket>();

  constructor(clock: Clock) {
    this.#lingering = new Lingering(clock);
  }

  add(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    socket.once('finish', () => this.#lingering.add(socket, () => socket.destroy()));
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
