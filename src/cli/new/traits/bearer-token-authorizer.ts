import { keyField, signatureFunction } from './signed-token.js';
import type { TraitSample } from './trait-sample.js';

/** Admits whoever bears a token that was signed with the key. */
export const bearerTokenAuthorizer: TraitSample = {
  name: 'bearer_token_authorizer',
  id: 'BearerTokenAuthorizer',
  does: 'admits callers by signed tokens',
  fields: [keyField],
  config: { key: 'k' },
  services: ['clock'],
  imports: ['type AuthorizationDecision', 'type Secret'],
  modules: { 'node:crypto': ['createHmac', 'timingSafeEqual'] },
  members: `  /** Decides; what it throws when it cannot lets nobody in. */
  async authorize(token: Secret | undefined): Promise<AuthorizationDecision> {
    if (token === undefined) return { allowed: false, reason: 'MissingCredential' };
    const [header = '', payload = '', given = ''] = token.reveal().split('.');
    const expected = Buffer.from(signature(header + '.' + payload, this.settings.key));
    const actual = Buffer.from(given);
    // Compared in constant time, so that the time of an answer says nothing about how much of a guess was right.
    const genuine = actual.length === expected.length && timingSafeEqual(actual, expected);
    if (!genuine) return { allowed: false, reason: 'InvalidCredential' };
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown; exp?: unknown };
    if (typeof claims.exp !== 'number' || claims.exp * 1_000 <= this.clock.wallTime()) {
      return { allowed: false, reason: 'InvalidCredential' };
    }
    return { allowed: true, identity: { subject: String(claims.sub) } };
  }
`,
  functions: signatureFunction,
  boundBy: 'receiver',
  test: {
    imports: ['Secret'],
    modules: { 'node:crypto': ['createHmac'] },
    cases: `  it('admits a token of its key until it expires, and nothing else', async () => {
    await using harness = await started();
    const authorizer = harness.trait(BearerTokenAuthorizer);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const sign = (key: string): Secret => {
      const exp = Math.floor(harness.clock.wallTime() / 1_000) + 60;
      const body = part({ alg: 'HS256', typ: 'JWT' }) + '.' + part({ sub: 'agent-7', exp });
      return new Secret(body + '.' + createHmac('sha256', key).update(body).digest('base64url'));
    };
    const genuine = sign('k');
    assert.deepEqual(await authorizer.authorize(genuine), { allowed: true, identity: { subject: 'agent-7' } });
    const invalid = { allowed: false, reason: 'InvalidCredential' };
    assert.deepEqual(await authorizer.authorize(sign('another key')), invalid);
    assert.deepEqual(await authorizer.authorize(new Secret('no token at all')), invalid);
    assert.deepEqual(await authorizer.authorize(undefined), { allowed: false, reason: 'MissingCredential' });
    await harness.clock.advance(61_000);
    assert.deepEqual(await authorizer.authorize(genuine), invalid);
  });
`,
  },
};
