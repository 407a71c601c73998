import { keyField, signatureFunction } from './signed-token.js';
import type { TraitSample } from './trait-sample.js';

/** Tokens that the extension signs itself and renews ahead of their expiry. */
export const bearerTokenProvider: TraitSample = {
  name: 'bearer_token_provider',
  id: 'BearerTokenProvider',
  does: 'signs bearer tokens',
  fields: [
    keyField,
    {
      name: 'lifetime',
      schema: "duration({ positive: true }).prefault('10m')",
      imports: ['duration'],
      description: 'How long a token is valid.',
    },
  ],
  config: { key: 'k' },
  services: ['clock', 'log', 'errors'],
  imports: ['BearerToken', 'TokenRefresher', 'type Secret'],
  modules: { 'node:crypto': ['createHmac'] },
  state: '  readonly #refresher: TokenRefresher;\n',
  setUp: `    this.#refresher = new TokenRefresher({
      acquire: () => this.#sign(),
      refreshAheadMs: settings.lifetime / 5,
      clock,
      log,
      errors,
    });
`,
  start: '    await this.#refresher.run(ctx);\n',
  members: `  getToken(): Promise<BearerToken> {
    return this.#refresher.getToken();
  }

  tokenStream(): AsyncIterable<BearerToken> {
    return this.#refresher.tokenStream();
  }

  /** Makes a token. Whatever issues yours is asked here; the refresher calls it ahead of each expiry. */
  async #sign(): Promise<BearerToken> {
    const { key, lifetime } = this.settings;
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor((this.clock.wallTime() + lifetime) / 1_000);
    const body = part({ alg: 'HS256', typ: 'JWT' }) + '.' + part({ sub: 'dataflow', exp });
    return new BearerToken(body + '.' + signature(body, key), this.clock.now() + lifetime);
  }
`,
  functions: signatureFunction,
  boundBy: 'exporter',
  test: {
    imports: [],
    cases: `  it('gives the same token until it is renewed, ahead of its expiry', async () => {
    await using harness = await started();
    const provider = harness.trait(BearerTokenProvider);
    const first = await provider.getToken();
    assert.equal(await provider.getToken(), first);
    await harness.clock.advance(10 * 60_000);
    const second = await provider.getToken();
    assert.notEqual(second.secret.reveal(), first.secret.reveal());
    assert.ok(second.isUsable(harness.clock.now()));
  });

  it('shows no token and no key in its log', async () => {
    await using harness = await started();
    const token = await harness.trait(BearerTokenProvider).getToken();
    assert.ok(!harness.logs.text.includes(token.secret.reveal()));
  });
`,
  },
};
