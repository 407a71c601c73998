import { encodeFrame, otlpServices } from '../../../src/authoring.js';

/** Frame types, flags and settings of HTTP/2 (RFC 9113) that tests write by hand. */
export const DATA = 0;
export const HEADERS = 1;
export const SETTINGS = 4;
export const GOAWAY = 7;
export const ACK = 1;
export const END_STREAM = 1;
export const END_HEADERS = 4;

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export function h2Frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Headers in HPACK, without its tables. */
export function h2Headers(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(headers).map(([name, value]) => literal(name, value)));
}

function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** What a client sends first. */
export const GREETING = Buffer.concat([Buffer.from(PREFACE), h2Frame(SETTINGS, 0, 0)]);

/** What a server says to it, as Latin-1: the acknowledgement of the settings. */
export const SETTINGS_TAKEN = h2Frame(SETTINGS, ACK, 0).toString('latin1');

/** The headers of a gRPC call that sends logs. */
export function callHeaders(stream: number): Buffer {
  const headers = h2Headers({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': otlpServices.logs.grpcPath,
    ':authority': 'a',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  return h2Frame(HEADERS, END_HEADERS, stream, headers);
}

/** A gRPC call in one piece, as a client writes it that has a connection. */
export function wholeCall(stream: number, message: Uint8Array): Buffer {
  return Buffer.concat([callHeaders(stream), h2Frame(DATA, END_STREAM, stream, encodeFrame(message, false))]);
}
