import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../fixtures/certificates.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { OtlpHttpServer } from './otlp-http-server.js';

let certificates: Certificates;
let server: OtlpHttpServer;
const made: MadeExporter[] = [];

beforeAll(() => {
  certificates = makeCertificates();
});

afterAll(() => certificates.remove());

afterEach(async () => {
  await Promise.all(made.splice(0).map(({ exporter }) => exporter.shutdown()));
  await server.stop();
});

type HttpTls = NonNullable<NonNullable<Parameters<typeof makeExporter>[0]['http']>['tls']>;

function send(tls?: HttpTls): Promise<unknown> {
  const one = makeExporter({ endpoint: server.endpoint, http: tls === undefined ? {} : { tls } });
  made.push(one);
  return one.exporter.export(payload('traces'), noAbort());
}

async function startServer(which: 'server' | 'named', mutual = false): Promise<void> {
  server = await OtlpHttpServer.start({
    tls: {
      cert: readFileSync(certificates[`${which}Cert`]),
      key: readFileSync(certificates[`${which}Key`]),
      ca: readFileSync(certificates.ca),
      requestCert: mutual,
      rejectUnauthorized: mutual,
    },
  });
}

describe('a TLS connection', () => {
  it('is made when the authority of the server is trusted', async () => {
    await startServer('server');
    await send({ ca_file: certificates.ca });
    expect(server.received).toHaveLength(1);
  });

  it('is not made when it is not trusted, which may be retried', async () => {
    await startServer('server');
    await expect(send()).rejects.toMatchObject({ permanent: false });
    expect(server.received).toHaveLength(0);
  });

  it('is made to anybody with insecure_skip_verify, with a warning', async () => {
    await startServer('server');
    await send({ insecure_skip_verify: true });
    expect(made[0]?.logger.lines[0]).toMatchObject({ level: 'warn' });
  });

  it('is not made when the file of the authorities is empty, which is said with its name', async () => {
    await startServer('server');
    const empty = join(dirname(certificates.ca), 'empty.pem');
    writeFileSync(empty, '');
    await expect(send({ ca_file: empty })).rejects.toMatchObject({
      permanent: false,
      message: `${server.endpoint}/v1/traces: tls.ca_file: ${empty} holds no certificate, it is empty; it must be PEM with at least one`,
    });
    expect(server.received).toHaveLength(0);
  });

  it('expects the name that server_name_override gives', async () => {
    await startServer('named');
    await expect(send({ ca_file: certificates.ca })).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    await send({ ca_file: certificates.ca, server_name_override: 'telemetry.example' });
    expect(server.received).toHaveLength(1);
  });

  it('shows the client certificate to a server that asks for one', async () => {
    await startServer('server', true);
    await expect(send({ ca_file: certificates.ca })).rejects.toMatchObject({ permanent: false });
    await send({
      ca_file: certificates.ca,
      cert_file: certificates.clientCert,
      key_file: certificates.clientKey,
    });
    expect(server.received).toHaveLength(1);
  });

  it('says which file it cannot read', async () => {
    await startServer('server');
    await expect(send({ ca_file: '/nowhere/ca.pem' })).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining('tls.ca_file: cannot read the file: ENOENT'),
    });
  });
});
