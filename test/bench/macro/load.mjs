import { gzipSync } from 'node:zlib';
import { logRequest, logRequestJson } from '../log-request.mjs';
import { TOKEN } from './configuration.mjs';

/** What a client sends in a case, again and again: made once, so that it costs the client nothing. */
export function loadOf({ protocol, json, gzip, auth, records, connections, lanes, perSecond }) {
  const message = json ? Buffer.from(logRequestJson(records)) : logRequest(records);
  return {
    protocol,
    request: gzip ? gzipSync(message) : message,
    gzip,
    contentType: json ? 'application/json' : 'application/x-protobuf',
    token: auth ? TOKEN : undefined,
    connections,
    lanes,
    perSecond,
  };
}
