// The least that a gRPC forwarder on node:http2 can do. Argument: the port of the sink.
import { connect, createServer } from 'node:http2';
import { GRPC_PATH, GRPC_PREFIX_BYTES, grpcPrefix } from '../otlp.mjs';
import { forward } from './forwarder.mjs';

// The engine's own defaults: flow control must not make the difference.
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 24 * 1024 * 1024;
const SESSION_MEMORY_MB = 1_024;

const [, , sinkPort] = process.argv;
const ACCEPTED = grpcPrefix(0);
const RESPONSE = { 'content-type': 'application/grpc' };
const WITH_TRAILERS = { waitForTrailers: true };
const OK = { 'grpc-status': '0' };
const REQUEST = {
  ':method': 'POST',
  ':path': GRPC_PATH,
  'content-type': 'application/grpc',
  te: 'trailers',
};

const upstream = connect(`http://127.0.0.1:${sinkPort}`, { maxSessionMemory: SESSION_MEMORY_MB });

function send(pieces, bytes) {
  return new Promise((resolve, reject) => {
    const stream = upstream.request(REQUEST);
    let status;
    stream.on('trailers', (trailers) => {
      status = trailers['grpc-status'];
    });
    stream.on('error', reject);
    stream.on('close', () => (status === '0' ? resolve() : reject(new Error(`refused: ${status}`))));
    stream.resume();
    stream.end(Buffer.concat([grpcPrefix(bytes), ...pieces]));
  });
}

function sendOk() {
  this.sendTrailers(OK);
}

function ignore() {}

await forward(send, (take) => {
  const server = createServer({
    noDelay: true,
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
  });
  server.on('session', (session) => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
  server.on('stream', (stream) => {
    const chunks = [];
    stream.on('error', ignore);
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      take(message(chunks));
      stream.respond(RESPONSE, WITH_TRAILERS);
      stream.on('wantTrailers', sendOk);
      stream.end(ACCEPTED);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
});

/** What was received without the prefix, not copied unless the prefix itself came in pieces. */
function message(chunks) {
  if (chunks[0].length < GRPC_PREFIX_BYTES) return [Buffer.concat(chunks).subarray(GRPC_PREFIX_BYTES)];
  chunks[0] = chunks[0].subarray(GRPC_PREFIX_BYTES);
  return chunks;
}
