import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestAuthority } from './certificates.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { openSocket } from './raw-socket.js';
import { logsRequest } from './requests.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

describe('a receiver with tls', () => {
  let authority: TestAuthority;
  let server: { cert_file: string; key_file: string };
  beforeAll(() => {
    authority = new TestAuthority();
    const { certFile, keyFile } = authority.issue('receiver');
    server = { cert_file: certFile, key_file: keyFile };
  });
  afterAll(() => authority[Symbol.dispose]());

  const both = (tls: Record<string, unknown>) => ({ grpc: { tls }, http: { tls } });

  const overGrpc = (receiver: RunningReceiver, client?: { key: string; cert: string }) =>
    callGrpc(receiver.grpc, 'logs', logsRequest(), {
      deadlineMs: 3_000,
      tls: credentials.createSsl(
        Buffer.from(authority.cert),
        client === undefined ? null : Buffer.from(client.key),
        client === undefined ? null : Buffer.from(client.cert),
      ),
    });

  const overHttp = (receiver: RunningReceiver, client: { key?: string; cert?: string } = {}) =>
    callHttp(receiver.http, { body: logsRequest(), tls: { ca: authority.cert, ...client } });

  it('serves gRPC and HTTP from files', async () => {
    await using receiver = await runReceiver(both(server));
    expect((await overGrpc(receiver)).code).toBe(0);
    expect((await overHttp(receiver)).status).toBe(200);
    expect(receiver.log.lines[0]?.fields).toMatchObject({ protocol: 'grpc', tls: true });
  });

  it('serves them from PEM in the configuration, whose key is shown nowhere', async () => {
    const { cert, key } = authority.issue('inline');
    await using receiver = await runReceiver(both({ cert_pem: cert, key_pem: key }));
    expect((await overGrpc(receiver)).code).toBe(0);
    expect((await overHttp(receiver)).status).toBe(200);
    expect(receiver.log.text).not.toContain(key.split('\n')[1]);
  });

  it('with client_ca_file takes nobody without a certificate of that authority', async () => {
    await using receiver = await runReceiver(both({ ...server, client_ca_file: authority.certFile }));
    using others = new TestAuthority();
    const stranger = others.issue('stranger');
    const client = authority.issue('agent');
    expect((await overGrpc(receiver)).code).not.toBe(0);
    await expect(overHttp(receiver)).rejects.toThrow();
    expect((await overGrpc(receiver, stranger)).code).not.toBe(0);
    await expect(overHttp(receiver, { cert: stranger.cert, key: stranger.key })).rejects.toThrow();
    expect(receiver.effect.sent).toHaveLength(0);
    expect((await overGrpc(receiver, client)).code).toBe(0);
    expect((await overHttp(receiver, { cert: client.cert, key: client.key })).status).toBe(200);
  });

  it('takes up certificates that were replaced, without a restart', async () => {
    const issued = authority.issue('rotating');
    const tls = { cert_file: issued.certFile, key_file: issued.keyFile, reload_interval: '10s' };
    await using receiver = await runReceiver(both(tls));
    const first = await fingerprints(receiver);
    await receiver.clock.advance(10_000);
    expect(await fingerprints(receiver)).toEqual(first);
    authority.issue('rotating');
    expect(await fingerprints(receiver)).toEqual(first);
    await reloads(receiver, 2);
    const second = await fingerprints(receiver);
    expect(second[0]).not.toBe(first[0]);
    expect(second[1]).not.toBe(first[1]);
    expect((await overHttp(receiver)).status).toBe(200);
  });

  it('admits the clients of authorities that were replaced, and no longer those of the old ones', async () => {
    using others = new TestAuthority();
    const client_ca_file = join(authority.folder, 'clients.crt');
    copyFileSync(authority.certFile, client_ca_file);
    await using receiver = await runReceiver(both({ ...server, client_ca_file, reload_interval: '10s' }));
    const before = authority.issue('before');
    const after = others.issue('after');
    expect((await overGrpc(receiver, before)).code).toBe(0);
    copyFileSync(others.certFile, client_ca_file);
    await reloads(receiver, 2);
    expect((await overGrpc(receiver, after)).code).toBe(0);
    expect((await overHttp(receiver, { cert: after.cert, key: after.key })).status).toBe(200);
    expect((await overGrpc(receiver, before)).code).not.toBe(0);
    await expect(overHttp(receiver, { cert: before.cert, key: before.key })).rejects.toThrow();
  });

  it('keeps its certificates when the new ones are no good, and says so', async () => {
    const issued = authority.issue('breaking');
    const tls = { cert_file: issued.certFile, key_file: issued.keyFile, reload_interval: '10s' };
    await using receiver = await runReceiver({ http: { tls } });
    writeFileSync(issued.certFile, 'nonsense');
    await until(receiver, () => receiver.log.lines.some(({ level }) => level === 'error'));
    const line = receiver.log.lines.find(({ level }) => level === 'error');
    expect(line?.message).toBe('certificates not reloaded; those in use stay');
    expect((await overHttp(receiver)).status).toBe(200);
    copyFileSync(server.cert_file, issued.certFile);
    copyFileSync(server.key_file, issued.keyFile);
    await reloads(receiver, 1);
    expect((await overHttp(receiver)).status).toBe(200);
  });

  it('keeps its certificates when a file becomes a named pipe, which it does not wait for', async () => {
    const issued = authority.issue('piped');
    const tls = { cert_file: issued.certFile, key_file: issued.keyFile, reload_interval: '10s' };
    await using receiver = await runReceiver({ http: { tls } });
    rmSync(issued.certFile);
    execFileSync('mkfifo', [issued.certFile]);
    const errors = () => receiver.log.lines.filter(({ level }) => level === 'error');
    await until(receiver, () => errors().length >= 2);
    expect(String(errors()[0]?.fields['error'])).toContain(
      'protocols.http.tls.cert_file: cannot read the file: it is a named pipe, not a regular file',
    );
    expect((await overHttp(receiver)).status).toBe(200);
  });

  it('does not start with a file that is too long for a certificate', async () => {
    const { certFile } = authority.issue('long');
    writeFileSync(certFile, Buffer.alloc(4_194_305));
    await expect(runReceiver({ http: { tls: { ...server, cert_file: certFile } } })).rejects.toThrow(
      'protocols.http.tls.cert_file: cannot read the file: it is larger than 4096 KiB',
    );
  });

  it('does not start with a file that is missing or is no certificate, and names it', async () => {
    const missing = { ...server, cert_file: '/nowhere/receiver.crt' };
    await expect(runReceiver({ grpc: { tls: missing } })).rejects.toThrow(
      /^protocols\.grpc\.tls\.cert_file: cannot read the file: ENOENT.*\/nowhere\/receiver\.crt/,
    );
    const wrong = { ...server, cert_file: server.key_file };
    await expect(runReceiver({ http: { tls: wrong } })).rejects.toThrow(
      `protocols.http.tls.cert_file: ${server.key_file} holds no certificate; it must be PEM with at least one`,
    );
    const { keyFile } = authority.issue('somebody-else');
    await expect(runReceiver({ http: { tls: { ...server, key_file: keyFile } } })).rejects.toThrow(
      `protocols.http.tls.key_file: ${keyFile} is not the key of the certificate in ${server.cert_file}`,
    );
  });

  it.each(['cert_file', 'key_file', 'client_ca_file'])(
    'does not start with an empty %s, and keeps what it had when one becomes empty',
    async (field) => {
      const issued = authority.issue('emptied');
      const client = authority.issue('agent');
      const file = field === 'key_file' ? issued.keyFile : issued.certFile;
      if (field === 'client_ca_file') copyFileSync(authority.certFile, file);
      const tls = {
        ...(field === 'client_ca_file' ? server : { cert_file: issued.certFile, key_file: issued.keyFile }),
        client_ca_file: field === 'client_ca_file' ? file : authority.certFile,
        reload_interval: '10s',
      };
      const says = `protocols.http.tls.${field}: ${file} holds no ${field === 'key_file' ? 'private key' : 'certificate'}, it is empty`;
      await using receiver = await runReceiver({ http: { tls } });
      writeFileSync(file, '');
      const errors = () => receiver.log.lines.filter(({ level }) => level === 'error');
      await until(receiver, () => errors().length >= 2);
      expect(String(errors()[0]?.fields['error'])).toContain(says);
      expect((await overHttp(receiver, { cert: client.cert, key: client.key })).status).toBe(200);
      await expect(overHttp(receiver)).rejects.toThrow();
      await expect(runReceiver({ http: { tls } })).rejects.toThrow(says);
    },
  );

  it('survives clients that speak no TLS, or the wrong protocol in it', async () => {
    await using receiver = await runReceiver(both(server));
    for (const address of [receiver.grpc, receiver.http]) {
      using socket = await openSocket(address);
      socket.send('POST /v1/logs HTTP/1.1\r\nHost: a\r\n\r\n');
      await socket.closed;
    }
    const [host, port] = receiver.grpc.split(':');
    await new Promise<void>((resolve) => {
      const socket = connect(
        { host, port: Number(port), ca: authority.cert, ALPNProtocols: ['http/1.1'] },
        () => {
          socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        },
      );
      socket.on('error', () => {});
      socket.resume();
      socket.on('close', () => resolve());
    });
    expect((await overGrpc(receiver)).code).toBe(0);
    expect((await overHttp(receiver)).status).toBe(200);
  });

  /** What each protocol shows to a new connection. */
  function fingerprints(receiver: RunningReceiver): Promise<string[]> {
    const shown = (address: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const [host, port] = address.split(':');
        const socket = connect(
          { host, port: Number(port), ca: authority.cert, ALPNProtocols: ['h2', 'http/1.1'] },
          () => {
            resolve(socket.getPeerCertificate().fingerprint256);
            socket.destroy();
          },
        );
        socket.on('error', reject);
      });
    return Promise.all([shown(receiver.grpc), shown(receiver.http)]);
  }

  async function reloads(receiver: RunningReceiver, times: number): Promise<void> {
    const reloaded = () => receiver.log.lines.filter(({ message }) => message === 'certificates reloaded');
    await until(receiver, () => reloaded().length === times);
  }

  /** Reading files takes real time, which the clock does not know. */
  async function until(receiver: RunningReceiver, done: () => boolean): Promise<void> {
    while (!done()) {
      await receiver.clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});
