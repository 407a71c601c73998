import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/**
 * Closes every socket of this thread when it ends by itself: by an error that nobody caught, or by `process.exit`. The
 * platform (Node 24) would otherwise go on reading from a connection of HTTP/2 whose code is gone already, and that ends
 * the whole process. Call it before anything is connected.
 */
export function closeSocketsAtExit(): void {
  const sockets = new Set<Socket>();
  const keep = (message: unknown): void => {
    // What the platform publishes on both channels.
    const { socket } = message as { readonly socket: Socket };
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  subscribe('net.server.socket', keep);
  subscribe('net.client.socket', keep);
  process.on('exit', () => {
    for (const socket of sockets) socket.destroy();
  });
}
