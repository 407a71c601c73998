import type { TraitSample } from './trait-sample.js';

/** Says for whom data is sent. */
export const httpClientMiddleware: TraitSample = {
  name: 'http_client_middleware',
  id: 'HttpClientMiddleware',
  does: 'says for which tenant requests go out',
  fields: [
    {
      name: 'tenant',
      schema: 'secret()',
      imports: ['secret'],
      description: 'The value of the header x-tenant of requests that go out.',
    },
  ],
  config: { tenant: 'shop' },
  services: [],
  imports: ['type HeaderChange', 'type OutgoingRequest'],
  members: `  /** Asked for each request that goes out. What the request is about may be looked at to decide. */
  async changeHeaders(_request: OutgoingRequest): Promise<readonly HeaderChange[]> {
    return [{ action: 'upsert', name: 'x-tenant', value: this.settings.tenant }];
  }
`,
  boundBy: 'exporter',
  test: {
    imports: ['type OutgoingRequest'],
    cases: `  it('says for which tenant a request is', async () => {
    await using harness = await started();
    const request: OutgoingRequest = {
      protocol: 'http',
      signal: 'logs',
      authority: 'backend:4318',
      metadata: undefined,
    };
    const changes = await harness.trait(HttpClientMiddleware).changeHeaders(request);
    const shown = changes.map((change) => [change.action, change.name, 'value' in change && change.value.reveal()]);
    assert.deepEqual(shown, [['upsert', 'x-tenant', 'shop']]);
  });
`,
  },
};
