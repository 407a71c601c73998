import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { type Clock, connectionReason, type FollowedClientTls } from '../../authoring.js';
import { type OtlpGrpcExporterSettings, usesTls } from './config.js';

/** No connection could be made. The message says where and why. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
}

/** A session with the socket it runs on. */
export interface Dialed {
  readonly session: ClientHttp2Session;
  /**
   * The platform ends a session that the server said goodbye to by half-closing its socket, and then waits for the
   * server to close the other half. Only the socket itself can be closed without the server's help.
   */
  readonly socket: Socket;
}

/**
 * What one session may hold in memory, in megabytes. The platform's 10 would refuse responses while some large
 * requests wait for the server's window; in-flight requests are bounded by `max_in_flight`.
 */
const SESSION_MEMORY_MB = 1_024;

/**
 * Opens a connection and waits until the server has greeted with its HTTP/2 settings, so that what it allows is
 * known before the first request.
 *
 * @throws ConnectError
 */
export async function dial(
  settings: OtlpGrpcExporterSettings,
  tls: FollowedClientTls,
  clock: Clock,
  signal: AbortSignal,
): Promise<Dialed> {
  const { authority } = settings.grpc_endpoint;
  let socket: Socket | undefined;
  let failure: unknown;
  const giveUp = (reason: Error): void => {
    failure ??= reason;
    socket?.destroy(reason);
  };
  const timer = clock.setTimeout(
    () => giveUp(new Error(`no answer within ${settings.connect_timeout} ms`)),
    settings.connect_timeout,
  );
  const onAbort = (): void => giveUp(new Error('the exporter is shutting down'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    socket = await openSocket(settings, tls, (opened) => {
      socket = opened;
      if (failure !== undefined) opened.destroy();
    });
    return { session: await greet(settings, socket), socket };
  } catch (cause) {
    socket?.destroy();
    throw new ConnectError(`cannot connect to ${authority}: ${connectionReason(failure ?? cause)}`, {
      cause,
    });
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

/** @param opened is given the socket at once, so that it can be closed while it still connects */
async function openSocket(
  settings: OtlpGrpcExporterSettings,
  tls: FollowedClientTls,
  opened: (socket: Socket) => void,
): Promise<Socket> {
  const { host, port } = settings.grpc_endpoint;
  const secure = usesTls(settings);
  const options = secure ? await tls.load() : undefined;
  const socket =
    options === undefined
      ? connectTcp({ host, port })
      : connectTls({ host, port, ALPNProtocols: ['h2'], ...options });
  opened(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once(secure ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
  if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
    throw new Error('the server does not speak HTTP/2 (it chose no "h2" by ALPN)');
  }
  socket.setNoDelay(settings.tcp_nodelay);
  if (settings.tcp_keepalive !== null) socket.setKeepAlive(true, settings.tcp_keepalive);
  return socket;
}

function greet(settings: OtlpGrpcExporterSettings, socket: Socket): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(
      `${usesTls(settings) ? 'https' : 'http'}://${settings.grpc_endpoint.authority}`,
      {
        createConnection: () => socket,
        settings: { enablePush: false, initialWindowSize: settings.initial_stream_window_size },
        maxSessionMemory: SESSION_MEMORY_MB,
      },
    );
    const onClose = (): void => reject(new Error('the server closed the connection without a greeting'));
    session.once('close', onClose);
    // Stays for the session's life: after the greeting, 'close' follows every error and is what counts.
    session.on('error', reject);
    session.once('remoteSettings', () => {
      session.off('close', onClose);
      session.setLocalWindowSize(settings.initial_connection_window_size);
      resolve(session);
    });
  });
}
