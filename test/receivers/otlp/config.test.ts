import { describe, expect, it } from '@jest/globals';
import { z } from '../../../src/authoring.js';
import { OtlpReceiverConfig } from '../../../src/receivers/otlp/config.js';

const MIB = 1024 * 1024;

function problems(protocols: unknown): string[] {
  const result = OtlpReceiverConfig.safeParse({ protocols });
  return (result.error?.issues ?? []).map(({ message, path }) => `${path.join('.')} ${message}`);
}

describe('the configuration of receiver:otlp', () => {
  it('has the defaults of the reference engine', () => {
    const { grpc, http } = OtlpReceiverConfig.parse({ protocols: { grpc: {}, http: {} } }).protocols;
    const common = {
      wait_for_result: false,
      timeout: 30_000,
      max_concurrent_requests: 0,
      tcp_nodelay: true,
      tcp_keepalive: 45_000,
      max_connection_age: null,
    };
    expect(grpc).toEqual({
      ...common,
      listening_addr: { host: '127.0.0.1', port: 4317 },
      request_compression: ['zstd', 'gzip', 'deflate'],
      response_compression: [],
      max_decoding_message_size: 4 * MIB,
      max_concurrent_streams: null,
      initial_stream_window_size: 8 * MIB,
      initial_connection_window_size: 24 * MIB,
      max_frame_size: 16_384,
      http2_keepalive_interval: 30_000,
      http2_keepalive_timeout: 10_000,
      max_connection_age_grace: null,
      health: true,
    });
    expect(http).toEqual({
      ...common,
      listening_addr: { host: '127.0.0.1', port: 4318 },
      max_request_body_size: 4 * MIB,
      accept_compressed_requests: true,
    });
  });

  it('takes a compression as a list, a name or none', () => {
    const read = (request_compression: unknown) =>
      OtlpReceiverConfig.parse({ protocols: { grpc: { request_compression } } }).protocols.grpc
        ?.request_compression;
    expect(read(['gzip', 'zstd'])).toEqual(['gzip', 'zstd']);
    expect(read('gzip')).toEqual(['gzip']);
    expect(read('none')).toEqual([]);
    expect(read([])).toEqual([]);
  });

  it('needs a protocol', () => {
    expect(problems({})).toEqual(['protocols names no protocol; give grpc, http or both']);
  });

  it.each([
    [
      { http: { max_decoding_message_size: '4MiB' } },
      'protocols.http Unrecognized key: "max_decoding_message_size"',
    ],
    [{ grpc: { timeout: '0s' } }, 'protocols.grpc.timeout must be longer than zero'],
    [{ http: { max_connection_age: '0s' } }, 'protocols.http.max_connection_age must be longer than zero'],
    [
      { http: { max_connection_age_grace: '1s' } },
      'protocols.http Unrecognized key: "max_connection_age_grace"',
    ],
    [
      { grpc: { max_decoding_message_size: 0 } },
      'protocols.grpc.max_decoding_message_size must be larger than zero',
    ],
    [
      { grpc: { max_frame_size: '1KiB' } },
      'protocols.grpc.max_frame_size must be between 16384 and 16777215 bytes',
    ],
    [
      { http: { tls: { cert_file: 'a.crt' } } },
      'protocols.http.tls.key_file is missing; a TLS server needs key_file or key_pem',
    ],
    [
      { http: { tls: { key_file: 'a.key' } } },
      'protocols.http.tls.cert_file is missing; a TLS server needs cert_file or cert_pem',
    ],
  ])('refuses %j', (protocols, problem) => {
    expect(problems(protocols)).toEqual([problem]);
  });

  it('describes every field for editors', () => {
    const schema = z.toJSONSchema(OtlpReceiverConfig, { io: 'input', unrepresentable: 'any' });
    const text = JSON.stringify(schema);
    const fields = [...text.matchAll(/"(\w+)":\{(?!"(?:\w+)":\{)/g)].length;
    expect(fields).toBeGreaterThan(20);
    const { grpc, http } = OtlpReceiverConfig.shape.protocols.shape;
    for (const protocol of [grpc.unwrap(), http.unwrap()]) {
      for (const [name, field] of Object.entries(protocol.shape)) {
        expect(`${name}: ${field.description ?? ''}`).toMatch(/: \S/);
      }
    }
  });

  it('keeps no headers unless it is told to, and reads their names in lower case, each once', () => {
    const protocols = { http: {} };
    expect(OtlpReceiverConfig.parse({ protocols }).include_headers).toEqual([]);
    const include_headers = ['X-Tenant', 'x-zone', 'x-tenant'];
    expect(OtlpReceiverConfig.parse({ protocols, include_headers }).include_headers).toEqual([
      'x-tenant',
      'x-zone',
    ]);
  });

  it.each([
    ['content-length', 'is set by the exporter itself and cannot be configured'],
    ['Host', 'is set by the exporter itself and cannot be configured'],
    ['grpc-timeout', 'is reserved by gRPC and cannot be configured'],
    ['trace-bin', 'would carry binary metadata, which is not supported'],
    [':path', 'is not a header name; use letters, digits and "-"'],
    ['', 'is not a header name; use letters, digits and "-"'],
  ])('does not keep %j', (name, problem) => {
    const result = OtlpReceiverConfig.safeParse({ protocols: { http: {} }, include_headers: [name] });
    expect(result.error?.issues).toMatchObject([
      { path: ['include_headers', 0], message: `cannot be forwarded: it ${problem}` },
    ]);
  });
});
