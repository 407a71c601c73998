import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../../exporters/fixtures/certificates.js';
import { AuthorizationServer } from './authorization-server.js';
import { eventually, Instance } from './harness.js';

let certificates: Certificates;
let server: AuthorizationServer;
let instance: Instance;

beforeAll(() => {
  certificates = makeCertificates();
});

afterAll(() => certificates.remove());

afterEach(async () => {
  await instance.stop();
  await server.stop();
});

async function start(tls: Record<string, unknown> | undefined, mutual = false): Promise<Instance> {
  server = await AuthorizationServer.start({
    clients: [{ id: 'edge', secret: 'edge-secret' }],
    tls: {
      cert: readFileSync(certificates.serverCert),
      key: readFileSync(certificates.serverKey),
      ...(mutual ? { ca: readFileSync(certificates.ca), requestCert: true } : {}),
    },
  });
  instance = new Instance({
    token_url: server.tokenUrl,
    client_id: 'edge',
    client_secret: 'edge-secret',
    ...(tls === undefined ? {} : { tls }),
  });
  return instance.start();
}

describe('oauth2_client_auth over TLS', () => {
  it('trusts the authority that the configuration names', async () => {
    await start({ ca_file: certificates.ca });
    expect((await server.whose(await instance.token())).client).toBe('edge');
  });

  it('does not trust an unknown authority, and sends it nothing', async () => {
    await start(undefined);
    expect((await instance.failure()).message).toMatch(
      /the token endpoint cannot be reached: .*UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    );
    expect(server.requests).toEqual([]);
  });

  it('does not trust the authorities of the system because the file is empty, and says which', async () => {
    const empty = join(dirname(certificates.ca), 'empty.pem');
    writeFileSync(empty, '');
    await start({ ca_file: empty });
    expect((await instance.failure()).message).toContain(
      `tls.ca_file: ${empty} holds no certificate, it is empty`,
    );
    expect(server.requests).toEqual([]);
  });

  it('goes on with what the files held when one of them becomes empty, and says so', async () => {
    const file = join(dirname(certificates.ca), 'followed.pem');
    copyFileSync(certificates.ca, file);
    await start({ ca_file: file });
    const first = await instance.token();
    writeFileSync(file, '');
    await instance.advanceToNext();
    await eventually(async () => (await instance.token()) !== first);
    const lines = instance.log.lines.filter(({ level }) => level === 'error');
    expect(lines).toMatchObject([
      {
        message: 'certificates not reloaded; those in use stay',
        fields: { where: new URL(server.tokenUrl).host },
      },
    ]);
  });

  it('trusts anyone when told so', async () => {
    await start({ insecure_skip_verify: true });
    await instance.token();
  });

  it('shows the client certificate to a server that demands one', async () => {
    await start(
      { ca_file: certificates.ca, cert_file: certificates.clientCert, key_file: certificates.clientKey },
      true,
    );
    await instance.token();
  });

  it('names a file that cannot be read', async () => {
    await start({ ca_file: '/nowhere/ca.pem' });
    expect((await instance.failure()).message).toMatch(/tls\.ca_file: cannot read .*\/nowhere\/ca\.pem/);
  });
});
