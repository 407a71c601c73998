import type { TraitSample } from './trait-sample.js';

/** Asks callers to say for whom they send. */
export const httpServerMiddleware: TraitSample = {
  name: 'http_server_middleware',
  id: 'HttpServerMiddleware',
  does: 'asks incoming requests for a header',
  fields: [
    {
      name: 'required_header',
      schema: "z.string().toLowerCase().min(1).default('x-tenant')",
      imports: [],
      description: 'The header that a request must have.',
    },
  ],
  config: {},
  services: [],
  imports: ['type HeaderDecision', 'type IncomingRequest'],
  members: `  /** Asked for each request that comes in, before its body is looked at. */
  async checkHeaders(request: IncomingRequest): Promise<HeaderDecision> {
    const { required_header: name } = this.settings;
    const value = request.headers.get(name);
    if (value === undefined) {
      return { allowed: false, reason: 'NotPermitted', message: 'the header ' + name + ' is missing' };
    }
    return { allowed: true, metadata: new Map([[name, value]]) };
  }
`,
  boundBy: 'receiver',
  test: {
    imports: ['Secret'],
    cases: `  it('asks for its header', async () => {
    await using harness = await started();
    const middleware = harness.trait(HttpServerMiddleware);
    const check = (headers: ReadonlyMap<string, Secret>) =>
      middleware.checkHeaders({ protocol: 'http', signal: 'logs', headers });
    const headers = new Map([['x-tenant', new Secret('shop')]]);
    assert.deepEqual(await check(headers), { allowed: true, metadata: headers });
    assert.deepEqual(await check(new Map()), {
      allowed: false,
      reason: 'NotPermitted',
      message: 'the header x-tenant is missing',
    });
  });
`,
  },
};
