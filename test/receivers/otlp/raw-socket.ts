import { connect, type Socket } from 'node:net';

/** A bare TCP connection that keeps what it receives. */
export interface RawSocket extends Disposable {
  readonly socket: Socket;
  send(bytes: string | Uint8Array): void;
  /** Everything received so far, as Latin-1. */
  readonly received: string;
  /** Resolves when the other side has closed the connection, politely or not. */
  readonly closed: Promise<void>;
  /** Resolves when what was received contains the text. */
  receives(text: string): Promise<void>;
}

/** @param options `allowHalfOpen` keeps this side open when the other closes its own */
export async function openSocket(
  address: string,
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<RawSocket> {
  const at = address.lastIndexOf(':');
  const socket = connect({ ...options, host: address.slice(0, at), port: Number(address.slice(at + 1)) });
  const closed = Promise.withResolvers<void>();
  const waiting = new Set<() => void>();
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    for (const check of waiting) check();
  });
  socket.on('error', () => {});
  socket.on('close', () => closed.resolve());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    get received() {
      return received;
    },
    closed: closed.promise,
    receives: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (received.includes(text)) resolve();
        };
        waiting.add(check);
        check();
        void closed.promise.then(() => reject(new Error(`closed without ${text}; received: ${received}`)));
      }),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
