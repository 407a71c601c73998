// The least that an OTLP/HTTP forwarder on node:http and undici can do. Argument: the port of the sink.
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { HTTP_PATH } from '../otlp.mjs';
import { forward } from './forwarder.mjs';

const [, , sinkPort] = process.argv;
const RESPONSE = { 'content-type': 'application/x-protobuf', 'content-length': 0 };
const headers = { 'content-type': 'application/x-protobuf' };

const upstream = new Pool(`http://127.0.0.1:${sinkPort}`, { connections: 5 });

async function send(pieces, bytes) {
  const body = Buffer.concat(pieces, bytes);
  const response = await upstream.request({ path: HTTP_PATH, method: 'POST', headers, body });
  if (response.statusCode !== 200) throw new Error(`refused: ${response.statusCode}`);
  await response.body.dump();
}

await forward(send, (take) => {
  const server = createServer({ noDelay: true }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      take(chunks);
      response.writeHead(200, RESPONSE).end();
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
});
