import type { Socket } from 'node:net';
import type { HttpExchange } from './http-exchange.js';
import type { Lingering } from './lingering.js';
import { arrivedTooSlowly, malformed } from './refusals.js';

/** What the parser's error codes mean to the client; other errors are the connection's own. */
const STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Answers what the HTTP parser gave up on, and closes the connection: nothing more can be read from it.
 *
 * @param latest the latest request of the connection. When the parser failed within its body, that request is
 * refused; when it failed behind it, the request gets its own answer, which is then the last.
 */
export function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  latest: HttpExchange | undefined,
  lingering: Lingering,
): void {
  const code = error.code ?? '';
  if (socket.destroyed || socket.writableEnded) return;
  const status = STATUS[code] ?? (code.startsWith('HPE_') ? '400 Bad Request' : undefined);
  if (status === undefined) {
    socket.destroy();
  } else if (latest === undefined || latest.finished) {
    // There is no request to respond to, so the answer is written as it stands.
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    lingering.add(socket, () => socket.destroy());
  } else {
    latest.closeAfterAnswer();
    if (latest.complete) return;
    const tooSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
    latest.refuse(tooSlow ? arrivedTooSlowly : malformed('the request is not valid HTTP'));
  }
}
