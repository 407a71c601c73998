import type { ServerHttp2Session } from 'node:http2';
import type { Clock } from '../../authoring.js';

/** The last stream id of a GOAWAY that refuses nothing (RFC 9113, section 6.8). */
const ANY_STREAM = 2 ** 31 - 1;

/**
 * Says goodbye to a session in two steps (RFC 9113, section 6.8; gRPC proposal A9): a GOAWAY that refuses nothing, and
 * when it has left, one with the last stream that was taken. The calls that are open are answered; then the session ends.
 *
 * The platform takes no stream that arrives after its first GOAWAY has left, whatever number that says, and where
 * nothing is open it reads no more. So the second step waits for the first to leave and not for an answer to a ping,
 * which may not be read: clients would wait for streams that nobody took. What they sent meanwhile is above the last
 * stream id, and therefore safe to send again.
 *
 * @param graceMs how long the open calls may take before the session is cut; `null` for as long as they do
 */
export function sayGoodbye(session: ServerHttp2Session, clock: Clock, graceMs: number | null): void {
  if (session.closed || session.destroyed) return;
  session.goaway(0, ANY_STREAM);
  // Immediates of the platform, which send what was submitted, run before those of the process. Until then what has
  // arrived is still taken; with the true number at once it would be taken and refused.
  setImmediate(() => session.close());
  if (graceMs === null) return;
  const cut = clock.setTimeout(() => session.destroy(), graceMs);
  session.once('close', () => cut.cancel());
}
