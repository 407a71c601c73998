import { request, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ForwardProxy, Target } from './proxies.js';

/**
 * Asks a proxy, over a connection to it, for a tunnel to the target (RFC 9110, section 9.3.6).
 *
 * @returns the connection, which now leads to the target
 * @throws Error saying how the proxy refused; the signal's reason when it aborts
 */
export async function openTunnel(
  socket: Socket,
  proxy: ForwardProxy,
  { host, port }: Target,
  signal: AbortSignal,
): Promise<Socket> {
  const authorization = await proxy.authorization();
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const connect = request({
      method: 'CONNECT',
      path: authority,
      createConnection: () => socket,
      setHost: false,
      signal,
      headers: {
        host: authority,
        // Without it the request would say that the connection ends with the answer.
        connection: 'keep-alive',
        'proxy-connection': 'keep-alive',
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization.reveal() }),
      },
    });
    connect.once('connect', ({ statusCode = 0 }, tunnel: Socket, head: Buffer) => {
      if (statusCode >= 200 && statusCode <= 299) {
        if (head.length > 0) tunnel.unshift(head);
        resolve(tunnel);
      } else reject(refusal(statusCode, authority, authorization !== undefined));
    });
    connect.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    connect.end();
  });
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
