import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ExporterNode, Pdata } from '../../src/authoring.js';
import type { CapturedLogger } from '../../src/testing/index.js';
import { type Issued, TestAuthority } from '../receivers/otlp/certificates.js';
import { logsRequest } from '../receivers/otlp/requests.js';
import { type NamedClients, startNamedClients } from './fixtures/named-clients.js';
import { makeExporter as makeGrpc } from './otlp-grpc/make-exporter.js';
import { makeExporter as makeHttp } from './otlp-http/make-exporter.js';

interface Tls {
  readonly ca_file: string;
  readonly cert_file: string;
  readonly key_file: string;
}

interface Made {
  readonly exporter: ExporterNode;
  readonly logger: CapturedLogger;
}

const exporters: Readonly<Record<string, (port: number, tls: Tls) => Made>> = {
  'exporter:otlp_grpc': (port, tls) => makeGrpc({ grpc_endpoint: `https://127.0.0.1:${port}`, tls }),
  'exporter:otlp_http': (port, tls) => makeHttp({ endpoint: `https://127.0.0.1:${port}`, http: { tls } }),
};

let authority: TestAuthority;
let first: Issued;
let second: Issued;

beforeAll(() => {
  authority = new TestAuthority();
  first = authority.issue('first');
  second = authority.issue('second');
});

afterAll(() => authority[Symbol.dispose]());

describe.each(Object.keys(exporters))('the certificates of %s', (name) => {
  /** An exporter whose files a test may change, with a server that says whose certificate it was shown. */
  async function start(): Promise<
    AsyncDisposable & Made & { server: NamedClients; tls: Tls; send(): Promise<unknown> }
  > {
    const { cert, key } = authority.issue('server');
    const server = await startNamedClients({ cert, key, ca: authority.cert });
    const client = authority.issue('client');
    const tls = {
      ca_file: `${authority.folder}/trusted.crt`,
      cert_file: client.certFile,
      key_file: client.keyFile,
    };
    copyFileSync(authority.certFile, tls.ca_file);
    use(first, tls);
    const made = (exporters[name] as (typeof exporters)[string])(server.port, tls);
    return {
      ...made,
      server,
      tls,
      send: () => made.exporter.export(new Pdata('logs', logsRequest()), new AbortController().signal),
      async [Symbol.asyncDispose]() {
        await made.exporter.shutdown?.();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  function use({ certFile, keyFile }: Issued, tls: Tls): void {
    copyFileSync(certFile, tls.cert_file);
    copyFileSync(keyFile, tls.key_file);
  }

  it('are used by the next connection after they were replaced', async () => {
    await using running = await start();
    await running.send();
    use(second, running.tls);
    await running.send();
    expect(running.server.names).toEqual(['first', 'second']);
  });

  it('stay in use while the new one does not have its key yet, which is said once', async () => {
    await using running = await start();
    await running.send();
    copyFileSync(second.certFile, running.tls.cert_file);
    await running.send();
    await running.send();
    copyFileSync(second.keyFile, running.tls.key_file);
    await running.send();
    expect(running.server.names).toEqual(['first', 'first', 'first', 'second']);
    expect(running.logger.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        message: 'certificates not reloaded; those in use stay',
        fields: expect.objectContaining({ where: `127.0.0.1:${running.server.port}` }),
      }),
      expect.objectContaining({ level: 'info', message: 'certificates reloaded' }),
    ]);
    expect(String(running.logger.lines[0]?.fields['error'])).toContain(
      `tls.key_file: ${running.tls.key_file} is not the key of the certificate in ${running.tls.cert_file}`,
    );
  });

  it('stay trusted when the file of the authorities becomes empty', async () => {
    await using running = await start();
    await running.send();
    writeFileSync(running.tls.ca_file, '');
    await running.send();
    expect(running.server.names).toEqual(['first', 'first']);
    expect(String(running.logger.lines[0]?.fields['error'])).toContain('holds no certificate, it is empty');
  });

  it('are trusted no more when the authorities were replaced', async () => {
    await using running = await start();
    await running.send();
    using others = new TestAuthority();
    writeFileSync(running.tls.ca_file, readFileSync(others.certFile));
    await expect(running.send()).rejects.toMatchObject({ permanent: false });
  });
});
