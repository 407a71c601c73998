import { constants } from 'node:http2';
import type { Clock, Timer } from '../../authoring.js';
import type { Dialed } from './dial.js';

/** When a connection is probed. */
export interface KeepaliveSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly whileIdle: boolean;
}

/** Servers that are pinged more often than they like say so with this, by gRPC's convention. */
const TOO_MANY_PINGS = 'too_many_pings';

/**
 * Pings a session and destroys it with its socket when an answer stays out, so that a connection that died without a word is
 * noticed before the next request hangs on it.
 *
 * @param isIdle whether no request is under way
 */
export function keepAlive(
  { session, socket }: Dialed,
  clock: Clock,
  settings: KeepaliveSettings,
  isIdle: () => boolean,
): void {
  let timer: Timer;
  const schedule = (): void => {
    timer = clock.setTimeout(ping, settings.intervalMs);
  };
  const ping = (): void => {
    if (session.destroyed) return;
    if (!settings.whileIdle && isIdle()) {
      schedule();
      return;
    }
    timer = clock.setTimeout(() => {
      session.destroy(
        new Error(`no answer to a ping within ${settings.timeoutMs} ms`),
        constants.NGHTTP2_CANCEL,
      );
      socket.destroy();
    }, settings.timeoutMs);
    session.ping((error) => {
      timer.cancel();
      if (error === null && !session.destroyed) schedule();
    });
  };
  socket.once('close', () => timer.cancel());
  schedule();
}

/** Whether a GOAWAY complains of pings. gRPC clients then ping half as often (grpc proposal A8). */
export function complainsOfPings(code: number, data: Uint8Array | undefined): boolean {
  return (
    code === constants.NGHTTP2_ENHANCE_YOUR_CALM &&
    Buffer.from(data ?? []).toString('latin1') === TOO_MANY_PINGS
  );
}
