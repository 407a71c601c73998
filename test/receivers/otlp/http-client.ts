import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { decodeRpcStatus, type RpcStatus, rpcStatusFromJson } from '../../../src/authoring.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The `google.rpc.Status` in the body of an error. */
  readonly rpcStatus: RpcStatus | undefined;
}

export interface HttpCall {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array | string;
  readonly tls?: RequestOptions & { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** One request on a connection of its own; `application/x-protobuf` to `/v1/logs` unless told otherwise. */
export function callHttp(address: string, call: HttpCall = {}): Promise<HttpAnswer> {
  const { promise, reject, resolve } = Promise.withResolvers<HttpAnswer>();
  const send = call.tls === undefined ? httpRequest : httpsRequest;
  const request = send(
    `${call.tls === undefined ? 'http' : 'https'}://${address}${call.path ?? '/v1/logs'}`,
    {
      method: call.method ?? 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...call.headers } as Record<
        string,
        string | string[]
      >,
      agent: false,
      ...call.tls,
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const status = response.statusCode ?? 0;
        resolve({
          status,
          headers: response.headers,
          body,
          rpcStatus: statusIn(status, response.headers, body),
        });
      });
    },
  );
  request.on('error', reject);
  request.end(call.body);
  return promise;
}

function statusIn(status: number, headers: IncomingHttpHeaders, body: Buffer): RpcStatus | undefined {
  if (status < 400) return undefined;
  return headers['content-type'] === 'application/json'
    ? rpcStatusFromJson(body.toString())
    : decodeRpcStatus(body);
}
