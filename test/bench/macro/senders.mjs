import { Pool } from 'undici';
import { GrpcConnection } from './grpc-connection.mjs';
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
    const connection = new GrpcConnection(`http://127.0.0.1:${load.port}`);
    return Array.from({ length: load.lanes }, () => () => connection.call(headers, body));
  }).flat();
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
