import { subscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';

/**
 * Closes every server session of HTTP/2 and every socket of this thread when it ends by itself: by an error that nobody
 * caught, or by `process.exit`. The platform (Node 24) would otherwise go on reading from a connection of HTTP/2 whose
 * code is gone already, and a new stream there ends the whole process. Call it before anything is connected.
 */
export function closeSocketsAtExit(): void {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  subscribe('http2.server.stream.created', (message) => {
    // What the platform publishes.
    const { session } = (message as { readonly stream: ServerHttp2Stream }).stream;
    if (session === undefined || sessions.has(session as ServerHttp2Session)) return;
    sessions.add(session as ServerHttp2Session);
    session.once('close', () => sessions.delete(session as ServerHttp2Session));
  });
  const keep = (message: unknown): void => {
    // What the platform publishes on both channels.
    const { socket } = message as { readonly socket: Socket };
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  subscribe('net.server.socket', keep);
  subscribe('net.client.socket', keep);
  process.on('exit', () => {
    // First, for the code that ends the thread may run while what arrived is read: with its socket closed already, a
    // session would be read to the end of that.
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.destroy();
  });
}
