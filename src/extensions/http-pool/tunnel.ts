import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ForwardProxy, Target } from './proxies.js';

/** What a proxy may say before the tunnel is there. */
const LARGEST_ANSWER_BYTES = 65_536;

/**
 * Asks a proxy, over a connection to it, for a tunnel to the target (RFC 9110, section 9.3.6). Not by the platform's
 * client, for which an interim answer, as `100 Continue`, is the last one.
 *
 * @returns the connection, which now leads to the target
 * @throws Error saying how the proxy refused; the signal's reason when it aborts
 */
export async function openTunnel(
  socket: Socket,
  proxy: Pick<ForwardProxy, 'authorization' | 'shown'>,
  { host, port }: Target,
  signal: AbortSignal,
): Promise<Socket> {
  const authorization = await proxy.authorization();
  signal.throwIfAborted();
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `host: ${authority}`,
    // Without it the request would say that the connection ends with the answer.
    'connection: keep-alive',
    'proxy-connection: keep-alive',
    ...(authorization === undefined ? [] : [`proxy-authorization: ${authorization.reveal()}`]),
  ];
  const status = finalStatus(socket, signal);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const answered = await status;
  if (answered >= 200 && answered <= 299) return socket;
  throw refusal(answered, authority, authorization !== undefined);
}

/** Reads answers up to the one that is not interim. What follows it is left to be read. */
function finalStatus(socket: Socket, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let read: Buffer = Buffer.alloc(0);
    let interimBytes = 0;
    const leave = (): void => {
      socket.off('readable', onReadable).off('error', onError).off('end', onEnd).off('close', onEnd);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      leave();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    const onError = (error: Error): void => fail(error);
    const onEnd = (): void => fail(new Error('it closed the connection without an answer to CONNECT'));
    const onReadable = (): void => {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
        read = Buffer.concat([read, chunk]);
      }
      for (;;) {
        const end = read.indexOf('\r\n\r\n');
        if (interimBytes + (end === -1 ? read.length : end) > LARGEST_ANSWER_BYTES) {
          fail(new Error(`its answer to CONNECT is longer than ${LARGEST_ANSWER_BYTES / 1_024} KiB`));
          return;
        }
        if (end === -1) return;
        const status = statusOf(read.toString('latin1', 0, end));
        if (status === undefined) {
          fail(new Error('its answer to CONNECT is not HTTP/1.1'));
          return;
        }
        interimBytes += end + 4;
        read = read.subarray(end + 4);
        if (status < 200) continue;
        leave();
        if (read.length > 0) socket.unshift(read);
        resolve(status);
        return;
      }
    };
    socket.on('readable', onReadable).on('error', onError).on('end', onEnd).on('close', onEnd);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** `101` is no answer to CONNECT: nothing was to be upgraded. */
function statusOf(head: string): number | undefined {
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |\r\n|$)/.exec(head)?.[1];
  return status === undefined || status === '101' ? undefined : Number(status);
}

/** Shows none of the proxy's own words, which may repeat what it was sent. */
function refusal(status: number, authority: string, authorized: boolean): Error {
  const meaning = STATUS_CODES[status] ?? 'unknown';
  const advice = authorized
    ? '; it does not accept the configured user and password'
    : '; it asks for a user and a password';
  return new Error(
    `answered HTTP ${status} (${meaning}) to CONNECT ${authority}${status === 407 ? advice : ''}`,
  );
}
