import { describe, expect, it } from '@jest/globals';
import { BearerToken, BearerTokenProvider, LatestToken } from '../../src/authoring.js';
import { HandleTarget } from '../../src/extension/handle-target.js';
import { connect, refOf, thrownBy, turns, until } from '../extension/remote/connected.js';

/** A provider that says how often it is asked. */
class Provider implements BearerTokenProvider {
  latest = new LatestToken(() => performance.now());
  asked = 0;
  streams = 0;
  left = 0;

  publish(text: string, lastsMs = 3_600_000): this {
    this.latest.publish(new BearerToken(text, performance.now() + lastsMs));
    return this;
  }

  async getToken(): Promise<BearerToken> {
    this.asked++;
    const token = this.latest.usable();
    if (token === undefined) throw new Error('no token');
    return token;
  }

  tokenStream(): AsyncIterable<BearerToken> {
    return {
      [Symbol.asyncIterator]: () => {
        this.streams++;
        const stream = this.latest.stream()[Symbol.asyncIterator]();
        return {
          next: () => stream.next(),
          return: async () => {
            this.left++;
            return (await stream.return?.()) ?? { done: true, value: undefined };
          },
        };
      },
    };
  }
}

const textOf = async (token: Promise<BearerToken>): Promise<string> => (await token).secret.reveal();

function reader(provider: BearerTokenProvider) {
  const stream = provider.tokenStream()[Symbol.asyncIterator]();
  return {
    async next() {
      const step = await stream.next();
      return step.done === true ? 'end' : step.value.secret.reveal();
    },
    leave: () => stream.return?.(),
  };
}

/** Asks until the answer comes from nearby, which takes until the subscription has brought the token. */
async function subscribed(stub: BearerTokenProvider, provider: Provider): Promise<void> {
  for (let asked = -1; asked !== provider.asked; ) {
    asked = provider.asked;
    await stub.getToken();
    await turns();
  }
}

describe('a bearer_token_provider in another thread', () => {
  it('is asked once; then its token is near, and each call gives it without a hop', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    expect(await textOf(connected.stub.getToken())).toBe('one');
    await turns();
    for (let call = 0; call < 100; call++) {
      const answer = connected.stub.getToken();
      // The subscription.
      expect(connected.client.inFlight).toBe(1);
      expect(await textOf(answer)).toBe('one');
    }
    expect([provider.asked, provider.streams]).toEqual([1, 1]);
  });

  it('is asked once by all who wait at the same time', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    const { stub } = connected;
    const tokens = await Promise.all([stub.getToken(), stub.getToken(), stub.getToken()]);
    expect(tokens.map(({ secret }) => secret.reveal())).toEqual(['one', 'one', 'one']);
    expect([provider.asked, provider.streams]).toEqual([1, 1]);
  });

  it('is not subscribed to before the first call', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    await turns();
    expect([provider.streams, connected.server.inFlight]).toEqual([0, 0]);
  });

  it('brings a token that it replaced early at once', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    await subscribed(connected.stub, provider);
    const { asked } = provider;
    provider.publish('two');
    await turns();
    expect(await textOf(connected.stub.getToken())).toBe('two');
    expect(provider.asked).toBe(asked);
  });

  it('is asked again when its last token is not usable any more, and each time it has none', async () => {
    let now = 0;
    const provider = new Provider();
    using connected = connect(BearerTokenProvider, provider, {
      clientClock: { now: () => performance.now() + now },
    });
    expect(((await thrownBy(connected.stub.getToken())) as Error).message).toBe('no token');
    provider.publish('one', 60_000);
    await turns();
    expect(await textOf(connected.stub.getToken())).toBe('one');
    expect(provider.asked).toBe(1);
    now = 40_000;
    expect(await textOf(connected.stub.getToken())).toBe('one');
    expect(provider.asked).toBe(2);
  });

  it('has one subscription for all consumers of a thread, and a late one gets the current token at once', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    const early = reader(connected.stub);
    expect(await early.next()).toBe('one');
    expect(await textOf(connected.stub.getToken())).toBe('one');
    const late = reader(connected.stub);
    expect(await late.next()).toBe('one');
    const reads = [early.next(), late.next()];
    provider.publish('two');
    expect(await Promise.all(reads)).toEqual(['two', 'two']);
    await early.leave();
    expect(await textOf(connected.stub.getToken())).toBe('two');
    expect([provider.asked, provider.streams, provider.left]).toEqual([0, 1, 0]);
  });

  it('ends the streams of all consumers when it ends its own, and its token is near no longer', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    const [one, other] = [reader(connected.stub), reader(connected.stub)];
    expect([await one.next(), await other.next()]).toEqual(['one', 'one']);
    const reads = [one.next(), other.next()];
    const { latest } = provider;
    provider.latest = new LatestToken(() => performance.now());
    latest.close();
    expect(await Promise.all(reads)).toEqual(['end', 'end']);
    expect(((await thrownBy(connected.stub.getToken())) as Error).message).toBe('no token');
    provider.publish('after a new start');
    await turns();
    expect(await textOf(connected.stub.getToken())).toBe('after a new start');
    expect(provider.asked).toBe(1);
  });

  it('fails the streams of all consumers when it cannot be reached any more', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    const [one, other] = [reader(connected.stub), reader(connected.stub)];
    expect([await one.next(), await other.next()]).toEqual(['one', 'one']);
    const reads = [one.next(), other.next()].map(thrownBy);
    connected.server.close();
    for (const error of await Promise.all(reads)) {
      expect((error as Error).message).toContain('it cannot be reached in the thread that hosts it');
    }
    expect(((await thrownBy(connected.stub.getToken())) as Error).message).toContain('it cannot be reached');
    expect(await one.next()).toBe('end');
  });

  it('that was replaced is left, and the next one subscribed to', async () => {
    const [old, next] = [new Provider().publish('old'), new Provider().publish('new')];
    using connected = connect(BearerTokenProvider, old);
    const inWorker = new HandleTarget<BearerTokenProvider>(connected.stub);
    const handle = BearerTokenProvider.handle(inWorker, { namespace: 'default/main/exporter/out' });
    expect(await textOf(handle.getToken())).toBe('old');
    const reading = reader(handle);
    expect(await reading.next()).toBe('old');
    const read = reading.next();
    await turns();
    connected.target.move(next);
    inWorker.move(connected.client.instance(refOf(BearerTokenProvider), BearerTokenProvider));
    expect(await read).toBe('new');
    expect(await textOf(handle.getToken())).toBe('new');
    await until(() => old.left === 1);
    expect([connected.server.inFlight, next.streams]).toEqual([1, 1]);
  });

  it('leaves no subscription behind, however often its stub is made anew', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    for (let round = 0; round < 1_000; round++) {
      await connected.client.instance(refOf(BearerTokenProvider), BearerTokenProvider).getToken();
    }
    await turns();
    expect(connected.server.inFlight).toBeLessThanOrEqual(1);
    expect(connected.client.inFlight).toBeLessThanOrEqual(1);
  });

  it('still answers through a stub whose place was taken, by a hop', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    await subscribed(connected.stub, provider);
    const next = connected.client.instance(refOf(BearerTokenProvider), BearerTokenProvider);
    await subscribed(next, provider);
    const { asked, streams } = provider;
    expect(await textOf(connected.stub.getToken())).toBe('one');
    const late = reader(connected.stub);
    expect(await late.next()).toBe('one');
    expect([provider.asked, provider.streams]).toEqual([asked + 1, streams + 1]);
    await late.leave();
    await until(() => connected.server.inFlight === 1);
    await next.getToken();
    expect(provider.asked).toBe(asked + 1);
  });

  it('stays near when another stub was made for a replacement that came to nothing', async () => {
    const provider = new Provider().publish('one');
    using connected = connect(BearerTokenProvider, provider);
    await subscribed(connected.stub, provider);
    const { asked } = provider;
    connected.client.instance(refOf(BearerTokenProvider), BearerTokenProvider);
    await turns();
    expect(await textOf(connected.stub.getToken())).toBe('one');
    expect([provider.asked, provider.streams, provider.left]).toEqual([asked, 1, 0]);
  });
});
