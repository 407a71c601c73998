import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../fixtures/certificates.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { OtlpGrpcServer } from './otlp-grpc-server.js';

let certificates: Certificates;
const made: MadeExporter[] = [];

beforeAll(() => {
  certificates = makeCertificates();
});

afterAll(() => certificates.remove());

afterEach(async () => {
  await Promise.all(made.splice(0).map(({ exporter }) => exporter.shutdown()));
});

function send(...args: Parameters<typeof makeExporter>): Promise<unknown> {
  const one = makeExporter(...args);
  made.push(one);
  return one.exporter.export(payload('traces'), noAbort());
}

async function startServer(which: 'server' | 'named', mutual = false): Promise<OtlpGrpcServer> {
  const pair = {
    cert_chain: readFileSync(certificates[`${which}Cert`]),
    private_key: readFileSync(certificates[`${which}Key`]),
  };
  const credentials = ServerCredentials.createSsl(readFileSync(certificates.ca), [pair], mutual);
  return OtlpGrpcServer.start({ credentials });
}

describe('a TLS connection', () => {
  it('is made when the authority of the server is trusted', async () => {
    const server = await startServer('server');
    await send({ grpc_endpoint: `https://127.0.0.1:${server.port}`, tls: { ca_file: certificates.ca } });
    await send({
      grpc_endpoint: `https://localhost:${server.port}`,
      tls: { ca_pem: readFileSync(certificates.ca, 'utf8'), include_system_ca_certs_pool: true },
    });
    await send({ grpc_endpoint: `127.0.0.1:${server.port}`, tls: { ca_file: certificates.ca } });
    expect(server.received).toHaveLength(3);
    server.stop();
  });

  it('is not made when the file of the client key is empty, which is said with its name', async () => {
    const server = await startServer('server');
    const empty = join(dirname(certificates.ca), 'empty.key');
    writeFileSync(empty, '');
    const tls = { ca_file: certificates.ca, cert_file: certificates.clientCert, key_file: empty };
    await expect(send({ grpc_endpoint: `https://127.0.0.1:${server.port}`, tls })).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining(`tls.key_file: ${empty} holds no private key, it is empty`),
    });
    expect(server.received).toHaveLength(0);
    server.stop();
  });

  it('is not made when it is not trusted, which may be retried', async () => {
    const server = await startServer('server');
    await expect(send({ grpc_endpoint: `https://127.0.0.1:${server.port}` })).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining('cannot connect to 127.0.0.1'),
    });
    expect(server.received).toHaveLength(0);
    server.stop();
  });

  it('is made to anybody with insecure_skip_verify, with a warning', async () => {
    const server = await startServer('server');
    await send({ grpc_endpoint: `https://127.0.0.1:${server.port}`, tls: { insecure_skip_verify: true } });
    expect(made[0]?.logger.lines[0]).toMatchObject({ level: 'warn' });
    server.stop();
  });

  it('expects the name that server_name_override gives', async () => {
    const server = await startServer('named');
    const endpoint = `https://127.0.0.1:${server.port}`;
    await expect(send({ grpc_endpoint: endpoint, tls: { ca_file: certificates.ca } })).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    await send({
      grpc_endpoint: endpoint,
      tls: { ca_file: certificates.ca, server_name_override: 'telemetry.example' },
    });
    expect(server.received).toHaveLength(1);
    server.stop();
  });

  it('shows the client certificate to a server that asks for one', async () => {
    const server = await startServer('server', true);
    const endpoint = `https://127.0.0.1:${server.port}`;
    await expect(send({ grpc_endpoint: endpoint, tls: { ca_file: certificates.ca } })).rejects.toMatchObject({
      permanent: false,
    });
    await send({
      grpc_endpoint: endpoint,
      tls: {
        ca_file: certificates.ca,
        cert_file: certificates.clientCert,
        key_pem: readFileSync(certificates.clientKey, 'utf8'),
      },
    });
    expect(server.received).toHaveLength(1);
    server.stop();
  });

  it('is refused to a server that does not speak HTTP/2', async () => {
    const http1 = createTlsServer(
      {
        cert: readFileSync(certificates.serverCert),
        key: readFileSync(certificates.serverKey),
        ALPNProtocols: ['http/1.1'],
      },
      (socket) => socket.on('error', () => {}),
    );
    http1.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => {
      http1.listen(0, '127.0.0.1', resolve);
    });
    const address = http1.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(
      send({ grpc_endpoint: `https://127.0.0.1:${port}`, tls: { ca_file: certificates.ca } }),
    ).rejects.toMatchObject({ permanent: false });
    http1.close();
  });

  it('says which file it cannot read', async () => {
    await expect(
      send({ grpc_endpoint: 'https://127.0.0.1:1', tls: { ca_file: '/nowhere/ca.pem' } }),
    ).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining(
        'tls.ca_file: cannot read the file: ENOENT: no such file or directory',
      ),
    });
  });
});
