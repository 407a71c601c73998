import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../exporters/fixtures/certificates.js';
import { eventually } from '../exporters/fixtures/eventually.js';
import { OtlpGrpcServer } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import {
  type Answer,
  type Asked,
  IdentityEndpoint,
  json,
} from '../extensions/azure-identity-auth/identity-endpoint.js';
import { DataflowProcess, inline } from '../fixtures/dataflow-process.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline } from '../fixtures/running-engine.js';
import { callHttp } from '../receivers/otlp/http-client.js';

let grpc: OtlpGrpcServer;
let http: OtlpHttpServer;
beforeEach(async () => {
  grpc = await OtlpGrpcServer.start();
  http = await OtlpHttpServer.start();
});
afterEach(async () => {
  grpc.stop();
  await http.stop();
});

/** Two exporters that take turns and share one instance of the extension. */
const sharing = (azure: object): object =>
  onePipeline({
    extensions: { azure: { type: 'urn:microsoft:extension:azure_identity_auth', config: azure } },
    nodes: {
      in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } } },
      grpc: {
        type: 'exporter:otlp_grpc',
        capabilities: { bearer_token_provider: 'azure' },
        config: { grpc_endpoint: grpc.endpoint },
      },
      http: {
        type: 'exporter:otlp_http',
        capabilities: { bearer_token_provider: 'azure' },
        config: { endpoint: http.endpoint },
      },
    },
    connections: [{ from: 'in', to: ['grpc', 'http'], policies: { dispatch: 'one_of' } }],
  });

/** Runs the command with an environment of Azure and nothing of the machine's own. */
const run = (azure: object, env: Readonly<Record<string, string>>): DataflowProcess =>
  DataflowProcess.start(['run', '--config', inline(sharing(azure)), '--log-format', 'json'], {
    env: {
      IDENTITY_ENDPOINT: undefined,
      IDENTITY_HEADER: undefined,
      MSI_ENDPOINT: undefined,
      AZURE_CLIENT_ID: undefined,
      AZURE_TENANT_ID: undefined,
      AZURE_FEDERATED_TOKEN_FILE: undefined,
      ...env,
    },
  });

/** Sends four requests and says with which `Authorization` headers they arrived. */
async function sendFour(dataflow: DataflowProcess): Promise<readonly string[]> {
  const address = await dataflow.address('in', 'http');
  for (let sent = 0; sent < 4; sent++) {
    expect((await callHttp(address, { body: sampleRequest('logs') })).status).toBe(200);
  }
  await eventually(() => grpc.received.length + http.received.length === 4);
  expect([grpc.received.length, http.received.length]).toEqual([2, 2]);
  return [
    ...grpc.received.map(({ metadata }) => metadata.get('authorization').map(String).join()),
    ...http.received.map(({ headers }) => String(headers.authorization)),
  ];
}

describe('two exporters that share one azure_identity_auth with a managed identity', () => {
  const HEADER_SECRET = 'identity-header-secret';
  let endpoint: IdentityEndpoint;
  let answer: Answer;
  beforeEach(async () => {
    answer = ({ headers, query }, response) =>
      headers['x-identity-header'] === HEADER_SECRET
        ? json(response, 200, {
            access_token: `token-${endpoint.asked.length}-for-${query.get('client_id')}`,
            expires_on: String(Math.floor(Date.now() / 1_000) + 3_600),
            resource: query.get('resource'),
            token_type: 'Bearer',
          })
        : json(response, 401, { message: 'who are you?' });
    endpoint = await IdentityEndpoint.start((asked, response) => answer(asked, response));
  });
  afterEach(() => endpoint.stop());

  const environment = (secret: string) => ({
    IDENTITY_ENDPOINT: `${endpoint.origin}/msi/token`,
    IDENTITY_HEADER: secret,
  });

  it('cause one request to the identity endpoint, and both send its token', async () => {
    await using dataflow = run({ method: 'msi', client_id: 'user-assigned' }, environment(HEADER_SECRET));
    expect(new Set(await sendFour(dataflow))).toEqual(new Set(['Bearer token-1-for-user-assigned']));
    expect(endpoint.asked.map(({ query }) => query.get('resource'))).toEqual(['https://monitor.azure.com']);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
    expect(dataflow.stdout).toBe('pipeline default/main: received 4, exported 4, failed 0, dropped 0\n');
  });

  it('do not start without it, and the message names the extension and what the endpoint said', async () => {
    await using dataflow = run({ startup_timeout: '2s' }, environment('a-wrong-header'));
    expect((await dataflow.ended).code).toBe(1);
    expect(dataflow.stderr).toContain(
      "extension 'azure' (urn:microsoft:extension:azure_identity_auth) of pipeline 'default/main' was not ready within 2 s",
    );
    expect(dataflow.stderr).toContain('ManagedIdentityCredential: Authentication failed');
    expect(dataflow.stderr).not.toContain('a-wrong-header');
  });
});

describe('two exporters that share one azure_identity_auth with a workload identity', () => {
  const FEDERATED = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl';
  let certificates: Certificates;
  let folder: string;
  let authority: IdentityEndpoint;
  beforeAll(() => {
    certificates = makeCertificates();
  });
  afterAll(() => certificates.remove());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workload-identity-'));
    await writeFile(join(folder, 'token'), FEDERATED);
    authority = await IdentityEndpoint.start(entra, {
      key: readFileSync(certificates.serverKey),
      cert: readFileSync(certificates.serverCert),
    });
  });
  afterEach(async () => {
    await authority.stop();
    await rm(folder, { recursive: true });
  });

  /** Answers as Entra ID does: where its endpoints are, and tokens for federated assertions. */
  const entra: Answer = (asked, response) => {
    const tenant = `${authority.origin}/tenant-1`;
    if (asked.method === 'POST') {
      json(response, 200, {
        token_type: 'Bearer',
        expires_in: 3_600,
        access_token: `token-${exchanges().length}-for-${asked.body.get('client_id')}`,
      });
      return;
    }
    json(response, 200, {
      issuer: `${tenant}/v2.0`,
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
      jwks_uri: `${tenant}/discovery/v2.0/keys`,
    });
  };

  const exchanges = (): Asked[] => authority.asked.filter(({ method }) => method === 'POST');

  it('exchange the federated token of the environment once, and both send what they got for it', async () => {
    await using dataflow = run(
      { method: 'wif' },
      {
        AZURE_AUTHORITY_HOST: authority.origin,
        AZURE_CLIENT_ID: 'app-1',
        AZURE_TENANT_ID: 'tenant-1',
        AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token'),
        NODE_EXTRA_CA_CERTS: certificates.ca,
      },
    );
    expect(new Set(await sendFour(dataflow))).toEqual(new Set(['Bearer token-1-for-app-1']));
    expect(exchanges().map(({ body }) => body.get('client_assertion'))).toEqual([FEDERATED]);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
    expect(dataflow.output).not.toContain(FEDERATED);
  });

  it('do not start when something is missing, and the message says where to set it', async () => {
    await using dataflow = run({ method: 'wif', tenant_id: 'tenant-1' }, { AZURE_CLIENT_ID: 'app-1' });
    expect((await dataflow.ended).code).toBe(1);
    expect(dataflow.stderr).toContain(
      "extension 'azure' (urn:microsoft:extension:azure_identity_auth) of pipeline 'default/main' failed to start: method workload_identity " +
        'needs token_file_path (or AZURE_FEDERATED_TOKEN_FILE); set it in the configuration or the environment',
    );
  });
});
