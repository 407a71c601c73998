import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2';

/** What the platform sends: a larger block of headers resets the stream, as if the server had refused it. */
const LARGEST_SENT = 65_536;

/** What each header counts beside its name and value (RFC 9113, section 6.5.2). */
const OVERHEAD = 32;

/**
 * Why these headers cannot be sent on a session, because they are more than the platform sends or than the server said
 * that it takes; `undefined` when they can.
 */
export function headerListProblem(
  headers: OutgoingHttpHeaders,
  { remoteSettings }: ClientHttp2Session,
): string | undefined {
  const size = headerListSize(headers);
  const taken = remoteSettings.maxHeaderListSize ?? Number.POSITIVE_INFINITY;
  if (size <= Math.min(taken, LARGEST_SENT)) return undefined;
  const limit =
    taken < LARGEST_SENT
      ? `the server takes no more than ${taken}`
      : `no more than ${LARGEST_SENT} can be sent`;
  return `the headers of the request have ${size} bytes, and ${limit}; give it fewer or shorter ones`;
}

function headerListSize(headers: OutgoingHttpHeaders): number {
  let size = 0;
  // Counted for each call, so without a list made of them.
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') size += name.length + value.length + OVERHEAD;
    else if (Array.isArray(value)) {
      for (const each of value) size += name.length + each.length + OVERHEAD;
    } else if (value !== undefined) size += name.length + String(value).length + OVERHEAD;
  }
  return size;
}
