import { connect } from 'node:http2';
import { Pool } from 'undici';
import { frame, GRPC_PATH, HTTP_PATH } from './otlp.mjs';

/**
 * Functions that send the request once and resolve when it was accepted, one for each request that may be under way.
 * All lanes of a connection share it.
 */
export const senders = { grpc: grpcSenders, http: httpSenders };

function grpcSenders(load) {
  const body = frame(load.request, load.gzip);
  const headers = {
    ':method': 'POST',
    ':path': GRPC_PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(load.gzip ? { 'grpc-encoding': 'gzip' } : {}),
    ...authorization(load),
  };
  return Array.from({ length: load.connections }, () => {
    const session = connect(`http://127.0.0.1:${load.port}`);
    // Every call that was under way fails with it, and says so.
    session.on('error', () => {});
    return Array.from({ length: load.lanes }, () => () => call(session, headers, body));
  }).flat();
}

function call(session, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let last = {};
    const seen = (received) => {
      last = received;
    };
    stream.on('response', seen).on('trailers', seen).on('error', reject);
    stream.on('close', () => {
      if (last['grpc-status'] === '0') resolve();
      else reject(new Error(`refused: ${last['grpc-status']} ${last['grpc-message'] ?? ''}`));
    });
    stream.resume();
    stream.end(body);
  });
}

function httpSenders(load) {
  // HTTP/1.1 carries one request at a time, so every lane has a connection.
  const lanes = load.connections * load.lanes;
  const pool = new Pool(`http://127.0.0.1:${load.port}`, { connections: lanes });
  const headers = {
    'content-type': load.contentType,
    ...(load.gzip ? { 'content-encoding': 'gzip' } : {}),
    ...authorization(load),
  };
  const send = async () => {
    const response = await pool.request({ path: HTTP_PATH, method: 'POST', headers, body: load.request });
    if (response.statusCode !== 200) throw new Error(`refused: ${response.statusCode}`);
    await response.body.dump();
  };
  return Array.from({ length: lanes }, () => send);
}

function authorization({ token }) {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
