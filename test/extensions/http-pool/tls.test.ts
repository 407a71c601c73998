import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../../exporters/fixtures/certificates.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { Origin } from './origin.js';
import { RunningPool } from './running-pool.js';

let certificates: Certificates;
let origin: Origin;
let pool: RunningPool | undefined;

beforeAll(() => {
  certificates = makeCertificates();
});

afterAll(() => certificates.remove());

afterEach(async () => {
  await pool?.stop();
  pool = undefined;
  await origin.stop();
});

function serve(which: 'server' | 'named', mutual = false): Promise<Origin> {
  return Origin.start({
    cert: readFileSync(certificates[`${which}Cert`]),
    key: readFileSync(certificates[`${which}Key`]),
    ca: readFileSync(certificates.ca),
    requestCert: mutual,
    rejectUnauthorized: mutual,
  });
}

describe('a pool with tls', () => {
  it('trusts the authority that it is told, for an address and for a name', async () => {
    origin = await serve('server');
    pool = await RunningPool.start({ tls: { ca_file: certificates.ca } });
    expect(await pool.post(origin.url)).toBe(200);
    expect(await pool.post(origin.namedUrl)).toBe(200);
  });

  it('sends nothing to a server that it does not trust', async () => {
    origin = await serve('server');
    pool = await RunningPool.start();
    expect(await pool.failure(origin.url)).toMatch(/unable to verify|self-signed/);
    expect(origin.requests).toEqual([]);
    await eventually(() => origin.open === 0);
  });

  it('expects the name of the host, or the one of server_name_override', async () => {
    origin = await serve('named');
    pool = await RunningPool.start({ tls: { ca_file: certificates.ca } });
    expect(await pool.failure(origin.url)).toMatch(/does not match certificate/);
    await pool.stop();
    pool = await RunningPool.start({
      tls: { ca_file: certificates.ca, server_name_override: 'telemetry.example' },
    });
    expect(await pool.post(origin.url)).toBe(200);
  });

  it('trusts anybody with insecure_skip_verify, with a warning', async () => {
    origin = await serve('named');
    pool = await RunningPool.start({ tls: { insecure_skip_verify: true } });
    expect(await pool.post(origin.url)).toBe(200);
    expect(pool.log.lines).toMatchObject([{ level: 'warn', message: /insecure_skip_verify/ }]);
  });

  it('shows its certificate to a server that asks for one', async () => {
    origin = await serve('server', true);
    pool = await RunningPool.start({ tls: { ca_file: certificates.ca } });
    expect(await pool.failure(origin.url)).toMatch(/certificate required|ECONNRESET|closed/i);
    await pool.stop();
    pool = await RunningPool.start({
      tls: {
        ca_file: certificates.ca,
        cert_file: certificates.clientCert,
        key_file: certificates.clientKey,
      },
    });
    expect(await pool.post(origin.url)).toBe(200);
    expect(origin.requests).toHaveLength(1);
  });

  it('uses a renewed file for the next connection, without a restart', async () => {
    origin = await serve('server');
    const folder = mkdtempSync(join(tmpdir(), 'http-pool-'));
    const file = join(folder, 'ca.pem');
    // An authority that did not sign this server.
    const other = makeCertificates();
    copyFileSync(other.ca, file);
    pool = await RunningPool.start({ tls: { ca_file: file } });
    expect(await pool.failure(origin.url)).toMatch(/unable to verify|self-signed/);
    copyFileSync(certificates.ca, file);
    expect(await pool.post(origin.url)).toBe(200);
    other.remove();
    rmSync(folder, { recursive: true });
  });

  it('does not start with a file that cannot be read, and says which', async () => {
    origin = await serve('server');
    await expect(RunningPool.start({ tls: { ca_file: '/nowhere/ca.pem' } })).rejects.toThrow(
      /^tls\.ca_file: cannot read the file: ENOENT/,
    );
  });

  it.each(['ca_file', 'key_file'])(
    'does not start with an empty %s, and goes on with what it knows when one becomes empty, which is said once',
    async (field) => {
      origin = await serve('server', true);
      const folder = mkdtempSync(join(tmpdir(), 'http-pool-'));
      const file = join(folder, 'file.pem');
      copyFileSync(field === 'ca_file' ? certificates.ca : certificates.clientKey, file);
      const { ca: ca_file, clientCert: cert_file, clientKey: key_file } = certificates;
      const tls = { ca_file, cert_file, key_file, [field]: file };
      pool = await RunningPool.start({ tls, keep_alive_timeout: '1ms' });
      expect(await pool.post(origin.url)).toBe(200);
      await eventually(() => origin.open === 0);
      writeFileSync(file, '');
      const says = new RegExp(`^tls\\.${field}: ${file} holds no .*, it is empty; `);
      for (let times = 0; times < 2; times += 1) {
        expect(await pool.post(origin.url)).toBe(200);
        await eventually(() => origin.open === 0);
      }
      expect(origin.connections).toBe(3);
      expect(pool.log.lines).toMatchObject([
        { level: 'error', message: 'certificates not reloaded; those in use stay' },
      ]);
      expect(pool.log.lines[0]?.fields['error']).toMatchObject({ message: expect.stringMatching(says) });
      await pool.stop();
      await expect(RunningPool.start({ tls })).rejects.toThrow(says);
      rmSync(folder, { recursive: true });
    },
  );

  it('names the field of the proxy when it is that one', async () => {
    origin = await serve('server');
    const proxy = { url: 'https://127.0.0.1:1', tls: { ca_pem: 'garbage' } };
    await expect(RunningPool.start({ proxy })).rejects.toThrow(
      'proxy.tls.ca_pem: holds no certificate; it must be PEM with at least one',
    );
  });

  it('does not hang on a named pipe', async () => {
    origin = await serve('server');
    const folder = mkdtempSync(join(tmpdir(), 'http-pool-'));
    const pipe = join(folder, 'ca.pem');
    execFileSync('mkfifo', [pipe]);
    await expect(RunningPool.start({ tls: { ca_file: pipe } })).rejects.toThrow(
      'tls.ca_file: cannot read the file: it is a named pipe, not a regular file',
    );
    rmSync(folder, { recursive: true });
  });
});
