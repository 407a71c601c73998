// The backend: takes OTLP logs over gRPC and HTTP, plain or with gzip, counts the records, keeps nothing.
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { countItems } from '../../../dist/authoring.js';
import { TOKEN } from './configuration.mjs';
import { frame, GRPC_PREFIX_BYTES } from './otlp.mjs';

const ACCEPTED = frame(new Uint8Array(0));
const WINDOW_BYTES = 32 * 1024 * 1024;
const authorization = `Bearer ${TOKEN}`;
const count = { requests: 0, records: 0, withToken: 0, compressed: 0 };

function take(message, compressed, headers) {
  count.requests += 1;
  if (compressed) count.compressed += 1;
  count.records += countItems('logs', compressed ? gunzipSync(message) : message);
  if (headers.authorization === authorization) count.withToken += 1;
}

const grpc = createHttp2Server({ settings: { initialWindowSize: WINDOW_BYTES } });
grpc.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES));
grpc.on('stream', (stream, headers) => {
  const chunks = [];
  stream.on('error', fail);
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => {
    const framed = Buffer.concat(chunks);
    take(framed.subarray(GRPC_PREFIX_BYTES), framed[0] === 1, headers);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(ACCEPTED);
  });
});

const http = createHttpServer((request, response) => {
  const chunks = [];
  request.on('error', fail);
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { headers } = request;
    take(Buffer.concat(chunks), headers['content-encoding'] === 'gzip', headers);
    response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 }).end();
  });
});

function fail(error) {
  process.send({ error: String(error.stack) });
}

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

const ports = { grpc: await listen(grpc), http: await listen(http) };
process.on('message', () => process.send(count));
process.send({ ports });
