import { describe, expect, it } from '@jest/globals';
import { OtlpHttpExporterConfig } from '../../../src/exporters/otlp-http/index.js';

function problems(config: unknown): string[] {
  const result = OtlpHttpExporterConfig.safeParse(config);
  return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

const base = { endpoint: 'http://localhost:4318' };

describe('the endpoints', () => {
  it.each(['', 'localhost:4318', 'ftp://localhost', '/v1/traces'])('%j is refused', (endpoint) => {
    expect(problems({ endpoint })).toEqual([
      'endpoint: is not an http or https URL; write it like http://host:4318 or https://host:4318',
    ]);
  });

  it('take no credentials, and do not show them', () => {
    const [refusal] = problems({ endpoint: 'http://me:hunter2@localhost:4318' });
    expect(refusal).toContain('must not contain a user or a password');
    expect(refusal).not.toContain('hunter2');
  });

  it('take a query for one signal only', () => {
    expect(problems({ endpoint: 'http://localhost/?a=b' })).toHaveLength(1);
    expect(problems({ ...base, traces_endpoint: 'http://localhost/in?a=b' })).toEqual([]);
    expect(problems({ ...base, traces_endpoint: 'http://localhost/in#a' })).toHaveLength(1);
  });
});

it('the defaults are those of the reference engine, with a time-out', () => {
  expect(OtlpHttpExporterConfig.parse(base)).toMatchObject({
    client_pool_size: 1,
    max_in_flight: 5,
    max_response_body_length: 10_485_760,
    http: { compression: 'none', timeout: 10_000, connect_timeout: 3_000 },
  });
});

it('a body may be read to a size with a unit', () => {
  expect(OtlpHttpExporterConfig.parse({ ...base, max_response_body_length: '1MiB' })).toMatchObject({
    max_response_body_length: 2 ** 20,
  });
});

it('headers of the protocol cannot be configured', () => {
  const headers = { Host: 'a', 'content-type': 'b', Accept: 'c', 'accept-encoding': 'd', 'x-fine': 'e' };
  expect(problems({ ...base, http: { headers } })).toEqual([
    'http.headers.Host: is set by the exporter itself and cannot be configured',
    'http.headers.content-type: is set by the exporter itself and cannot be configured',
    'http.headers.Accept: is set by the exporter itself and cannot be configured',
    'http.headers.accept-encoding: is set by the exporter itself and cannot be configured',
  ]);
});

it('tls needs an https endpoint', () => {
  expect(problems({ ...base, http: { tls: {} } })).toEqual([
    'http.tls: needs an https:// endpoint; an http:// endpoint is not encrypted',
  ]);
  expect(problems({ ...base, logs_endpoint: 'https://localhost/x', http: { tls: {} } })).toEqual([]);
  expect(problems({ endpoint: 'https://localhost', http: { tls: { insecure: true } } })).toEqual([
    'http.tls.insecure: contradicts an https:// endpoint; write http:// to send without TLS',
  ]);
});

it('an unknown field is refused', () => {
  expect(problems({ ...base, compression: 'gzip' })).toEqual([': Unrecognized key: "compression"']);
});
