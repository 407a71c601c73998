import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../../exporters/fixtures/certificates.js';
import { IdentityEndpoint, json } from './identity-endpoint.js';

const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJkZXYifQ.c2lnbmVk';
const FEDERATED = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJwb2QifQ.ZmVkZXJhdGVk';
const HEADER_SECRET = 'identity-header-secret';

const here = import.meta.dirname;
let certificates: Certificates;
let folder: string;

beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azure-process-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts a command of that name before all others on the path. */
async function command(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

/** Everything that a process with one instance prints, with the library's own logging at its loudest. */
async function run(config: object, environment: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      '--no-warnings',
      '--import',
      join(here, 'typescript-hooks.mjs'),
      join(here, 'print-token.ts'),
      JSON.stringify(config),
    ],
    { env: { PATH: `${folder}:/usr/bin:/bin`, AZURE_LOG_LEVEL: 'verbose', ...environment } },
  );
  expect(stderr).toContain('azure:');
  return stdout + stderr;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function expectNoSecret(output: string): void {
  const parts = [TOKEN, FEDERATED].flatMap((token) => token.split('.').slice(1));
  for (const secret of [...parts, HEADER_SECRET]) expect(output).not.toContain(secret);
}

describe('azure_identity_auth in a process of its own', () => {
  it('takes the token of the developer who is logged in to az', async () => {
    const expires_on = Math.floor(Date.now() / 1_000) + 3_600;
    await command('az', `echo '${JSON.stringify({ accessToken: TOKEN, expires_on })}'`);
    const output = await run({ method: 'dev' });
    expect(output).toContain(digest(TOKEN));
    expectNoSecret(output);
  });

  it('asks azd when az has no login', async () => {
    const expiresOn = new Date(Date.now() + 3_600_000).toISOString();
    await command('az', "echo 'Please run az login' >&2; exit 1");
    await command('azd', `echo '${JSON.stringify({ token: TOKEN, expiresOn })}'`);
    const output = await run({ method: 'dev' });
    expect(output).toContain(digest(TOKEN));
    expectNoSecret(output);
  });

  it('says to log in when neither has one', async () => {
    await command('az', "echo 'Please run az login' >&2; exit 1");
    await command('azd', "echo 'not logged in, run azd auth login' >&2; exit 1");
    expect(await run({ method: 'dev' })).toContain("Please run 'az login'");
  });

  it('shows no piece of an answer that is not JSON', async () => {
    await command('az', 'echo opaque-1234567890');
    await command('azd', 'echo opaque-1234567890');
    const output = await run({ method: 'dev' });
    expect(output).toContain('did not answer in JSON');
    expect(output).not.toContain('opaque');
  });

  it('shows no secret of a managed identity', async () => {
    const endpoint = await IdentityEndpoint.start((_asked, response) =>
      json(response, 200, {
        access_token: TOKEN,
        expires_on: `${Math.floor(Date.now() / 1_000) + 3_600}`,
        token_type: 'Bearer',
      }),
    );
    const output = await run(
      {},
      { IDENTITY_ENDPOINT: `${endpoint.origin}/msi/token`, IDENTITY_HEADER: HEADER_SECRET },
    );
    await endpoint.stop();
    expect(output).toContain(digest(TOKEN));
    expectNoSecret(output);
  });

  it('trusts the authority that NODE_EXTRA_CA_CERTS adds, and shows no secret of a workload identity', async () => {
    const authority = await IdentityEndpoint.start(
      ({ method }, response) =>
        method === 'GET'
          ? json(response, 200, {
              issuer: `${authority.origin}/tenant-1/v2.0`,
              authorization_endpoint: `${authority.origin}/authorize`,
              token_endpoint: `${authority.origin}/token`,
              jwks_uri: `${authority.origin}/keys`,
            })
          : json(response, 200, { token_type: 'Bearer', expires_in: 3_600, access_token: TOKEN }),
      { key: readFileSync(certificates.serverKey), cert: readFileSync(certificates.serverCert) },
    );
    await writeFile(join(folder, 'federated'), FEDERATED);
    const output = await run(
      { method: 'workload_identity', client_id: 'app-1', tenant_id: 'tenant-1' },
      {
        AZURE_FEDERATED_TOKEN_FILE: join(folder, 'federated'),
        AZURE_AUTHORITY_HOST: authority.origin,
        NODE_EXTRA_CA_CERTS: certificates.ca,
      },
    );
    await authority.stop();
    expect(output).toContain(digest(TOKEN));
    expectNoSecret(output);
  });
});
