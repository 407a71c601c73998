import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../../exporters/fixtures/certificates.js';
import { eventually, Instance } from './harness.js';
import { type Answer, type Asked, IdentityEndpoint, json } from './identity-endpoint.js';

const FEDERATED = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl';

let certificates: Certificates;
let trusted: string[];
let folder: string;
let tokenFile: string;
let authority: IdentityEndpoint;
let instances: Instance[];

/** Answers as Entra ID does: where its endpoints are, and tokens for federated assertions. */
const entra: Answer = (asked, response) => {
  const tenant = `${authority.origin}/tenant-1`;
  if (asked.path.endsWith('/openid-configuration')) {
    return json(response, 200, {
      issuer: `${tenant}/v2.0`,
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
      jwks_uri: `${tenant}/discovery/v2.0/keys`,
    });
  }
  return json(response, 200, {
    token_type: 'Bearer',
    expires_in: 3_600,
    access_token: `token-${exchanges().length}`,
  });
};

function exchanges(): Asked[] {
  return authority.asked.filter(({ method }) => method === 'POST');
}

beforeAll(() => {
  certificates = makeCertificates();
  trusted = getCACertificates('default');
  // What NODE_EXTRA_CA_CERTS does at the start of a process.
  setDefaultCACertificates([...trusted, readFileSync(certificates.ca, 'utf8')]);
});

afterAll(() => {
  setDefaultCACertificates(trusted);
  certificates.remove();
});

beforeEach(async () => {
  instances = [];
  folder = await mkdtemp(join(tmpdir(), 'workload-identity-'));
  tokenFile = join(folder, 'token');
  await writeFile(tokenFile, FEDERATED);
  authority = await IdentityEndpoint.start(entra, {
    key: readFileSync(certificates.serverKey),
    cert: readFileSync(certificates.serverCert),
  });
  process.env['AZURE_AUTHORITY_HOST'] = authority.origin;
});

afterEach(async () => {
  for (const name of ['AUTHORITY_HOST', 'CLIENT_ID', 'TENANT_ID', 'FEDERATED_TOKEN_FILE']) {
    delete process.env[`AZURE_${name}`];
  }
  await Promise.all(instances.map((instance) => instance.stop()));
  await authority.stop();
  await rm(folder, { recursive: true });
});

function start(config: Record<string, unknown>): Instance {
  const instance = new Instance({ method: 'workload_identity', ...config }).start();
  instances.push(instance);
  return instance;
}

function configured(): Instance {
  return start({ client_id: 'app-1', tenant_id: 'tenant-1', token_file_path: tokenFile });
}

describe('azure_identity_auth with a workload identity', () => {
  it('exchanges the federated token for one of Entra ID', async () => {
    expect(await configured().token()).toBe('token-1');
    const [exchange] = exchanges();
    expect(exchange?.path).toBe('/tenant-1/oauth2/v2.0/token');
    expect(Object.fromEntries(exchange?.body ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      client_id: 'app-1',
      client_assertion: FEDERATED,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      scope: 'https://monitor.azure.com/.default',
    });
  });

  it('asks nobody but the authority', async () => {
    await configured().token();
    expect(authority.asked.map(({ path }) => path)).toEqual([
      '/tenant-1/v2.0/.well-known/openid-configuration',
      '/tenant-1/oauth2/v2.0/token',
    ]);
  });

  it('takes from the environment what the configuration does not say', async () => {
    process.env['AZURE_CLIENT_ID'] = 'app-2';
    process.env['AZURE_TENANT_ID'] = 'tenant-1';
    process.env['AZURE_FEDERATED_TOKEN_FILE'] = tokenFile;
    expect(await start({}).token()).toBe('token-1');
    expect(exchanges()[0]?.body.get('client_id')).toBe('app-2');
  });

  it('fails to start when neither says it, and names both places', async () => {
    const instance = new Instance({ method: 'wif', client_id: 'app-1' });
    await expect(instance.auth.start(instance.ctx)).rejects.toThrow(
      'method workload_identity needs tenant_id (or AZURE_TENANT_ID) and ' +
        'token_file_path (or AZURE_FEDERATED_TOKEN_FILE); set it in the configuration or the environment',
    );
  });

  it('refreshes 299 s ahead of expiry, up to 60 s earlier, with the federated token as it is then', async () => {
    const instance = configured();
    await instance.token();
    const { nextIn = 0 } = instance.clock;
    expect(nextIn).toBeGreaterThan(3_590_000 - 359_000);
    expect(nextIn).toBeLessThanOrEqual(3_600_000 - 299_000);
    const rotated = FEDERATED.replace('c2ln', 'bmV3');
    await writeFile(tokenFile, rotated);
    const stream = instance.auth.tokenStream()[Symbol.asyncIterator]();
    await stream.next();
    await instance.clock.advance(nextIn);
    expect((await stream.next()).value?.secret.reveal()).toBe('token-2');
    expect(exchanges()[1]?.body.get('client_assertion')).toBe(rotated);
  });

  it.each([400, 401, 429, 500, 503])(
    'asks once, and backs off, when the authority answers %i',
    async (status) => {
      authority.answer = (asked, response) =>
        asked.method === 'GET'
          ? entra(asked, response)
          : json(response, status, {
              error: 'invalid_client',
              error_description: 'AADSTS700016: unknown app',
            });
      const instance = configured();
      expect((await instance.failure()).message).toMatch(/cannot get a token: .+/);
      expect(exchanges()).toHaveLength(1);
      expect(instance.clock.nextIn).toBeLessThanOrEqual(10_000);
    },
  );

  it('shows what Entra ID says', async () => {
    authority.answer = (asked, response) =>
      asked.method === 'GET'
        ? entra(asked, response)
        : json(response, 400, { error: 'invalid_client', error_description: 'AADSTS700016: unknown app' });
    expect((await configured().failure()).message).toContain('AADSTS700016: unknown app');
  });

  it('cancels a request in flight at shutdown', async () => {
    authority.answer = (asked, response) => {
      if (asked.method === 'GET') entra(asked, response);
    };
    const instance = configured();
    await eventually(() => exchanges().length === 1);
    await instance.stop();
    await eventually(() => authority.open === 0);
  });

  it('shows nothing of the federated token, also when the authority repeats it', async () => {
    authority.answer = (asked, response) =>
      asked.method === 'GET'
        ? entra(asked, response)
        : json(response, 400, { error: 'invalid', error_description: `${asked.body}` });
    const instance = configured();
    const error = await instance.failure();
    const shown = [
      instance.log.text,
      error.stack,
      inspect([error, instance.auth], { depth: 12, showHidden: true }),
    ];
    for (const part of FEDERATED.split('.')) expect(shown.join('\n')).not.toContain(part);
  });

  it('names the file when the federated token cannot be read', async () => {
    const instance = start({
      client_id: 'a',
      tenant_id: 'tenant-1',
      token_file_path: join(folder, 'absent'),
    });
    expect((await instance.failure()).message).toContain('ENOENT');
  });
});
