import { describe, expect, it } from '@jest/globals';
import { OtlpGrpcExporterConfig } from '../../../src/exporters/otlp-grpc/index.js';

function problems(config: unknown): string[] {
  const result = OtlpGrpcExporterConfig.safeParse(config);
  return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

const endpoint = { grpc_endpoint: 'http://localhost:4317' };

describe('grpc_endpoint', () => {
  it.each([
    ['http://localhost:4317', { host: 'localhost', port: 4317, scheme: 'http', authority: 'localhost:4317' }],
    [
      'https://otlp.example',
      { host: 'otlp.example', port: 443, scheme: 'https', authority: 'otlp.example:443' },
    ],
    ['collector:4317', { host: 'collector', port: 4317, scheme: undefined, authority: 'collector:4317' }],
    ['[::1]:4317', { host: '::1', port: 4317, scheme: undefined, authority: '[::1]:4317' }],
    ['http://[::1]:4317/', { host: '::1', port: 4317, scheme: 'http', authority: '[::1]:4317' }],
  ])('%s is understood', (text, expected) => {
    expect(OtlpGrpcExporterConfig.parse({ grpc_endpoint: text }).grpc_endpoint).toEqual(expected);
  });

  it.each(['', 'collector', 'unix:/run/otlp.sock', 'ftp://collector:4317', 'host:99999', 'a b:4317'])(
    '%j is refused',
    (text) => {
      expect(problems({ grpc_endpoint: text })).toEqual([
        'grpc_endpoint: is not a gRPC endpoint; write it like http://host:4317, https://host:4317 or host:4317',
      ]);
    },
  );

  it('takes no path and no credentials, and does not show them', () => {
    expect(problems({ grpc_endpoint: 'http://localhost:4317/v1/traces' })).toEqual([
      'grpc_endpoint: must not have a path; the path of a gRPC call is the name of its service',
    ]);
    const [refusal] = problems({ grpc_endpoint: 'http://me:hunter2@localhost:4317' });
    expect(refusal).toContain('must not contain a user or a password');
    expect(refusal).not.toContain('hunter2');
  });
});

describe('the defaults', () => {
  it('are those of the reference engine, with a time-out', () => {
    expect(OtlpGrpcExporterConfig.parse(endpoint)).toMatchObject({
      compression: 'none',
      max_in_flight: 5,
      num_connections: 1,
      timeout: 10_000,
      connect_timeout: 3_000,
      tcp_keepalive: 45_000,
      http2_keepalive_interval: 30_000,
      http2_keepalive_timeout: 10_000,
      keep_alive_while_idle: true,
      initial_stream_window_size: 8 * 2 ** 20,
      initial_connection_window_size: 32 * 2 ** 20,
    });
  });
});

describe('headers', () => {
  it('refuse what gRPC sets itself and what cannot be sent, without showing values', () => {
    const found = problems({
      ...endpoint,
      headers: {
        'grpc-timeout': '1S',
        'trace-bin': 'AAA=',
        'content-type': 'text/plain',
        'bad name': 'x',
        'x-key': 'hunter2\n',
        'X-Twice': 'a',
        'x-twice': 'b',
      },
    });
    expect(found).toEqual([
      'headers.grpc-timeout: is reserved by gRPC and cannot be configured',
      'headers.trace-bin: would carry binary metadata, which a configuration cannot hold',
      'headers.content-type: is set by the exporter itself and cannot be configured',
      'headers.bad name: is not a header name; use letters, digits and "-"',
      'headers.x-key: has a value that cannot be sent; use visible ASCII, with spaces inside only',
      'headers.x-twice: stands twice; header names do not know upper and lower case',
    ]);
  });

  it('are secrets', () => {
    const settings = OtlpGrpcExporterConfig.parse({ ...endpoint, headers: { 'x-key': 'hunter2' } });
    expect(String(settings.headers.get('x-key'))).toBe('[REDACTED]');
    expect(settings.headers.get('x-key')?.reveal()).toBe('hunter2');
  });
});

describe('tls', () => {
  it('needs an endpoint that can have it', () => {
    expect(problems({ ...endpoint, tls: {} })).toEqual([
      'tls: needs an https:// endpoint; an http:// endpoint is not encrypted',
    ]);
    expect(problems({ grpc_endpoint: 'https://localhost:1', tls: { insecure: true } })).toEqual([
      'tls.insecure: contradicts the https:// endpoint; write http:// to send without TLS',
    ]);
  });

  it('needs a certificate with its key, and one source for each', () => {
    const tls = { ca_file: 'ca.pem', ca_pem: 'PEM', cert_file: 'cert.pem' };
    expect(problems({ grpc_endpoint: 'https://localhost:1', tls })).toEqual([
      'tls.ca_pem: stands beside ca_file; give one of the two',
      'tls.cert_file: needs its key; add key_file or key_pem',
    ]);
    expect(
      problems({
        grpc_endpoint: 'https://localhost:1',
        tls: { key_file: 'k', include_system_ca_certs_pool: false },
      }),
    ).toEqual([
      'tls.key_file: needs its certificate; add cert_file or cert_pem',
      'tls.include_system_ca_certs_pool: leaves no authority to trust; add ca_file or ca_pem',
    ]);
  });
});

it('an unknown field is refused', () => {
  expect(problems({ ...endpoint, endpoint: 'x' })).toEqual([': Unrecognized key: "endpoint"']);
});

it('numbers are positive whole ones, durations are not zero', () => {
  expect(problems({ ...endpoint, max_in_flight: 0, num_connections: 1.5, timeout: '0s' })).toHaveLength(3);
});
