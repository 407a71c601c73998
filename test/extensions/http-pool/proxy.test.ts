import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openTunnel } from '../../../src/extensions/http-pool/tunnel.js';
import { FakeClock } from '../../../src/testing/index.js';
import { type Certificates, makeCertificates } from '../../exporters/fixtures/certificates.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { ForwardProxy, type ForwardProxyOptions } from '../../fixtures/forward-proxy.js';
import { freePort } from '../../fixtures/free-port.js';
import { Origin } from './origin.js';
import { RunningPool } from './running-pool.js';

const PASSWORD = 'p@ss:5ecret/value';

let certificates: Certificates;
let plain: Origin;
let secure: Origin;
let proxy: ForwardProxy;
let pool: RunningPool | undefined;
let folder: string;

beforeAll(() => {
  certificates = makeCertificates();
  folder = mkdtempSync(join(tmpdir(), 'http-pool-proxy-'));
});

afterAll(() => {
  certificates.remove();
  rmSync(folder, { recursive: true });
});

const serverTls = () => ({
  cert: readFileSync(certificates.serverCert),
  key: readFileSync(certificates.serverKey),
});

async function startProxy(options?: ForwardProxyOptions): Promise<void> {
  await proxy.stop();
  proxy = await ForwardProxy.start(options);
}

beforeEach(async () => {
  plain = await Origin.start();
  secure = await Origin.start(serverTls());
  proxy = await ForwardProxy.start();
});

afterEach(async () => {
  await pool?.stop();
  pool = undefined;
  await Promise.all([plain.stop(), secure.stop(), proxy.stop()]);
});

const tls = () => ({ ca_file: certificates.ca });

describe('a pool with a proxy', () => {
  it('reaches http and https servers through a tunnel, each connection used again', async () => {
    pool = await RunningPool.start({ tls: tls(), proxy: { url: proxy.url } });
    for (const url of [plain.url, secure.url, plain.url, secure.url]) {
      expect(await pool.post(url)).toBe(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(proxy.asked).toEqual([`127.0.0.1:${plain.port}`, `127.0.0.1:${secure.port}`]);
    expect([plain.connections, secure.connections]).toEqual([1, 1]);
  });

  it('leaves finding the address of a name to the proxy', async () => {
    pool = await RunningPool.start({ tls: tls(), proxy: { url: proxy.url } });
    await pool.post(secure.namedUrl);
    expect(proxy.asked).toEqual([`localhost:${secure.port}`]);
  });

  it('asks for an IPv6 address in brackets, and says when the proxy hangs up', async () => {
    pool = await RunningPool.start({ proxy: { url: proxy.url } });
    proxy.hangsUp = true;
    expect(await pool.failure('http://[::1]:4318/')).toBe(
      `proxy ${proxy.url}: it closed the connection without an answer to CONNECT`,
    );
    expect(proxy.asked).toEqual(['[::1]:4318']);
  });

  it('checks the certificate of the server at the end of the tunnel', async () => {
    pool = await RunningPool.start({ proxy: { url: proxy.url } });
    expect(await pool.failure(secure.url)).toMatch(/unable to verify|self-signed/);
    expect(secure.requests).toEqual([]);
    await eventually(() => proxy.open === 0);
  });

  it('shows the client certificate to the server at the end of the tunnel', async () => {
    const mutual = await Origin.start({
      ...serverTls(),
      ca: readFileSync(certificates.ca),
      requestCert: true,
    });
    const { clientCert: cert_file, clientKey: key_file } = certificates;
    pool = await RunningPool.start({ tls: { ...tls(), cert_file, key_file }, proxy: { url: proxy.url } });
    expect(await pool.post(mutual.url)).toBe(200);
    await mutual.stop();
  });

  it('reaches a proxy over TLS, which trusts and expects what proxy.tls says', async () => {
    await startProxy({ tls: serverTls() });
    pool = await RunningPool.start({ tls: tls(), proxy: { url: proxy.url, tls: tls() } });
    expect([await pool.post(secure.url), await pool.post(plain.url)]).toEqual([200, 200]);
    expect(proxy.asked).toHaveLength(2);
    await pool.stop();
    pool = await RunningPool.start({ tls: tls(), proxy: { url: proxy.url } });
    expect(await pool.failure(secure.url)).toMatch(
      new RegExp(`^proxy ${proxy.url}: .*(unable to verify|self-signed)`),
    );
  });

  it('opens no more connections through it than max_connections_per_origin', async () => {
    pool = await RunningPool.start({ max_connections_per_origin: 2, tls: tls(), proxy: { url: proxy.url } });
    secure.answer = (response) => response.writeHead(200, { connection: 'close' }).end();
    await Promise.all(Array.from({ length: 20 }, () => pool?.post(secure.url)));
    expect(secure.requests).toHaveLength(20);
    expect(secure.mostOpen).toBeLessThanOrEqual(2);
  });

  it('has no connection left when it has stopped', async () => {
    pool = await RunningPool.start({ tls: tls(), proxy: { url: proxy.url } });
    await Promise.all([pool.post(plain.url), pool.post(secure.url)]);
    expect(proxy.open).toBe(4);
    await pool.stop();
    await eventually(() => proxy.open === 0);
  });

  it('gives up an answer of the proxy that does not come when it stops', async () => {
    const clock = new FakeClock();
    proxy.silent = true;
    pool = await RunningPool.start({ proxy: { url: proxy.url } }, clock);
    const failure = pool.failure(plain.url);
    await eventually(() => proxy.asked.length === 1);
    const stopped = pool.stop();
    await clock.advance(4_000);
    await stopped;
    expect(await failure).toBe('the http_connection_pool has stopped');
    await eventually(() => proxy.open === 0);
  });

  it('waits no longer than connect_timeout for the proxy to answer', async () => {
    const clock = new FakeClock();
    proxy.silent = true;
    pool = await RunningPool.start({ connect_timeout: '2s', proxy: { url: proxy.url } }, clock);
    const failure = pool.failure(plain.url);
    await eventually(() => proxy.asked.length === 1);
    await clock.advance(2_000);
    expect(await failure).toBe(
      `no connection to http://127.0.0.1:${plain.port} through the proxy ${proxy.url} within 2 s`,
    );
    await eventually(() => proxy.open === 0);
  });

  it('waits no longer than connect_timeout for TLS', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    const port = await freePort();
    await new Promise<void>((resolve) => {
      mute.listen(port, '127.0.0.1', resolve);
    });
    const clock = new FakeClock();
    pool = await RunningPool.start({ connect_timeout: '2s' }, clock);
    const failure = pool.failure(`https://127.0.0.1:${port}/`);
    await eventually(() => sockets.length === 1);
    await clock.advance(2_000);
    expect(await failure).toBe(`no connection to https://127.0.0.1:${port} within 2 s`);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
  });

  it('says that it is the proxy that cannot be reached', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    pool = await RunningPool.start({ proxy: { url } });
    expect(await pool.failure(plain.url)).toBe(`proxy ${url}: connect ECONNREFUSED ${new URL(url).host}`);
  });

  it('says what the proxy answered when it refuses', async () => {
    proxy.refusal = '502 Bad Gateway';
    pool = await RunningPool.start({ proxy: { url: proxy.url } });
    expect(await pool.failure(plain.url)).toBe(
      `proxy ${proxy.url}: answered HTTP 502 (Bad Gateway) to CONNECT 127.0.0.1:${plain.port}`,
    );
  });
});

describe('the answer of a proxy', () => {
  it('may come after interim ones', async () => {
    proxy.interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    pool = await RunningPool.start({ tls: tls(), proxy: { url: proxy.url } });
    expect([await pool.post(plain.url), await pool.post(secure.url)]).toEqual([200, 200]);
    proxy.refusal = '503 Service Unavailable';
    expect(await pool.failure(plain.namedUrl)).toMatch(
      /answered HTTP 503 \(Service Unavailable\) to CONNECT/,
    );
  });

  it.each<[says: string, answer: string]>([
    ['is not HTTP/1.1', 'SSH-2.0-server\r\n\r\n'],
    ['is not HTTP/1.1', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['is longer than 64 KiB', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(3_000)],
    ['is longer than 64 KiB', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(65_536)}`],
  ])('that %s is refused', async (says, answer) => {
    proxy.interim = answer;
    proxy.refusal = '502 Bad Gateway';
    pool = await RunningPool.start({ proxy: { url: proxy.url } });
    expect(await pool.failure(plain.url)).toBe(`proxy ${proxy.url}: its answer to CONNECT ${says}`);
  });

  it('may come in pieces, with the first words of the server behind it', async () => {
    const greeting = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', async () => {
        for (const piece of ['HTTP/1.1 20', '0 OK\r\n', 'via: x\r', '\n\r']) {
          socket.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        socket.write('\nHTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    const port = await freePort();
    await new Promise<void>((resolve) => {
      greeting.listen(port, '127.0.0.1', resolve);
    });
    const socket = connect(port, '127.0.0.1');
    const target = { secure: false, host: 'server.example', port: 80 };
    const asked = { ...target, shown: 'it', authorization: async () => undefined };
    const tunnel = await openTunnel(socket, asked, target, new AbortController().signal);
    const [first] = await once(tunnel, 'data');
    expect(String(first)).toBe('HTTP/1.1 204 No Content\r\n\r\n');
    socket.destroy();
    await new Promise((resolve) => greeting.close(resolve));
  });
});

describe('the credentials for a proxy', () => {
  const url = () => proxy.url;

  it('are sent to the proxy and to nobody else', async () => {
    await startProxy({ credentials: `edge:${PASSWORD}` });
    pool = await RunningPool.start({ proxy: { url: url(), username: 'edge', password: PASSWORD } });
    expect(await pool.post(plain.url)).toBe(200);
    expect(plain.requests[0]).not.toHaveProperty('proxy-authorization');
  });

  it('are asked for when they are missing, and said to be wrong when they are, without a word of them', async () => {
    await startProxy({ credentials: `edge:${PASSWORD}` });
    pool = await RunningPool.start({ proxy: { url: url() } });
    expect(await pool.failure(plain.url)).toMatch(/HTTP 407 .*; it asks for a user and a password$/);
    await pool.stop();
    proxy.refusal = `407 not ${Buffer.from(`edge:${PASSWORD}x`).toString('base64')}`;
    pool = await RunningPool.start({ proxy: { url: url(), username: 'edge', password: `${PASSWORD}x` } });
    const failure = await pool.failure(plain.url);
    expect(failure).toMatch(/HTTP 407 .*; it does not accept the configured user and password$/);
    pool.log.error('as a consumer logs it', { failure });
    expect(pool.log.text).not.toMatch(/5ecret|cEBzc|OjVlY3Jl/);
  });

  it('are read again from password_file for each connection', async () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'outdated\n');
    await startProxy({ credentials: `edge:${PASSWORD}` });
    pool = await RunningPool.start({ proxy: { url: url(), username: 'edge', password_file: file } });
    expect(await pool.failure(plain.url)).toMatch(/HTTP 407/);
    writeFileSync(file, `${PASSWORD}\n`);
    expect(await pool.post(plain.url)).toBe(200);
  });

  it('hold the start when their file cannot be read', async () => {
    const proxySettings = { url: url(), username: 'edge', password_file: '/nowhere/password' };
    await expect(RunningPool.start({ proxy: proxySettings })).rejects.toThrow(
      /^proxy\.password_file: cannot read the file \/nowhere\/password/,
    );
  });
});

describe('no_proxy', () => {
  it.each<[rule: string, direct: boolean]>([
    ['127.0.0.1', true],
    ['127.0.0.0/8', true],
    ['*', true],
    ['127.0.0.2', false],
    ['10.0.0.0/8', false],
    ['localhost', false],
  ])('%s for 127.0.0.1 goes straight there: %s', async (rule, direct) => {
    pool = await RunningPool.start({ proxy: { url: proxy.url, no_proxy: [rule] } });
    await pool.post(plain.url);
    expect(proxy.asked).toHaveLength(direct ? 0 : 1);
  });
});

describe('proxies from the environment', () => {
  const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];
  const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  const restore = (): void => {
    for (const name of names) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  };

  beforeEach(() => {
    for (const name of names) delete process.env[name];
  });
  afterEach(restore);

  const fromEnvironment = () => RunningPool.start({ tls: tls(), proxy: { from_environment: true } });

  it('are used only when the configuration says so', async () => {
    process.env['HTTP_PROXY'] = proxy.url;
    pool = await RunningPool.start();
    await pool.post(plain.url);
    expect(proxy.asked).toEqual([]);
  });

  it('are each for the scheme in the name of their variable', async () => {
    process.env['HTTPS_PROXY'] = proxy.url;
    pool = await fromEnvironment();
    await pool.post(plain.url);
    await pool.post(secure.url);
    expect(proxy.asked).toEqual([`127.0.0.1:${secure.port}`]);
  });

  it('may have credentials in their URL, and no scheme', async () => {
    await startProxy({ credentials: `edge:${PASSWORD}` });
    process.env['http_proxy'] = `edge:${encodeURIComponent(PASSWORD)}@${new URL(proxy.url).host}`;
    pool = await fromEnvironment();
    expect(await pool.post(plain.url)).toBe(200);
    expect(proxy.asked).toHaveLength(1);
    await proxy.stop();
    expect(await pool.failure(`http://localhost:${plain.port}/`)).not.toContain('5ecret');
    proxy = await ForwardProxy.start();
  });

  it('are not used for what NO_PROXY names; what means nothing there is said', async () => {
    process.env['HTTP_PROXY'] = proxy.url;
    process.env['NO_PROXY'] = 'example.com, 127.0.0.0/8 10.0.0.0/99';
    pool = await fromEnvironment();
    await pool.post(plain.url);
    expect(proxy.asked).toEqual([]);
    expect(pool.log.lines).toMatchObject([{ level: 'warn', fields: { ignored: ['10.0.0.0/99'] } }]);
  });

  it('say nothing of an entry of NO_PROXY that may hold a password', async () => {
    process.env['NO_PROXY'] =
      'http://edge:5ecret@host, edge:5ecret@host fe80::/999 http://edge:5ecret 10.0.0.0/99';
    pool = await fromEnvironment();
    expect(pool.log.text).not.toContain('5ecret');
    expect(pool.log.lines).toMatchObject([
      { level: 'warn', fields: { ignored: ['entry 1', 'entry 2', 'fe80::/999', 'entry 4', '10.0.0.0/99'] } },
    ]);
  });

  it.each([`edge:${PASSWORD}%@host`, 'socks5://edge:5ecret@host', 'http://edge:5ecret@'])(
    'that cannot be read stop the creation, and their value is not shown',
    async (value) => {
      process.env['HTTP_PROXY'] = value;
      const failure = await fromEnvironment().catch((error: Error) => error);
      expect(String(failure)).toMatch(/HTTP_PROXY: /);
      expect(String(failure)).not.toContain('5ecret');
    },
  );
});
