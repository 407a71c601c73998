import { once } from 'node:events';
import { inspect } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { BearerToken, RequestMetadata, Secret } from '../../../src/authoring.js';
import { RemoteClient } from '../../../src/extension/remote/client.js';
import { connect, Echo, refOf, thrownBy } from './connected.js';

const echo: Echo = {
  say: async (...values) => values[0],
  items: async function* (...values) {
    yield* values;
  },
};

async function across(value: unknown): Promise<unknown> {
  using connected = connect(Echo, echo);
  return await connected.stub.say(value);
}

const plain: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  12n,
  '',
  'text \ud800 of any kind',
  [],
  [1, [undefined, null], 'a'],
  {},
  { a: { b: [1, { c: undefined }] } },
  { $: 'a key of the protocol', other: [1] },
  { $: [3, 0, 4] },
  JSON.parse('{"__proto__": {"a": 1}, "b": 2}'),
  new Map<unknown, unknown>([
    ['a', 1],
    [{ key: true }, new Map([['b', new Set([1])]])],
  ]),
  new Set(['a', { b: 1 }]),
  new Uint8Array(),
  new Uint8Array([1, 2, 3]),
  new Uint8Array(100_000).fill(7),
];

describe('a value that is handed to another thread', () => {
  it.each(
    plain.map((value) => [inspect(value, { breakLength: Number.POSITIVE_INFINITY }).slice(0, 60), value]),
  )('arrives equal: %s', async (_, value) => {
    expect(await across(value)).toEqual(value);
  });

  it('keeps an own key that names the prototype without setting one', async () => {
    const arrived = (await across(JSON.parse('{"__proto__": {"a": 1}}'))) as object;
    expect(Object.keys(arrived)).toEqual(['__proto__']);
    expect('a' in arrived).toBe(false);
  });

  it('leaves the bytes of the caller as they are, large ones and parts of a buffer too', async () => {
    const buffer = new Uint8Array(200_000).fill(1);
    const part = buffer.subarray(100_000, 100_004);
    const [whole, piece] = (await across([buffer, part])) as [Uint8Array, Uint8Array];
    expect([whole.byteLength, piece.byteLength, piece.buffer.byteLength]).toEqual([200_000, 4, 4]);
    expect([buffer.byteLength, part.byteLength]).toEqual([200_000, 4]);
  });

  it('is what it was at the call, whatever the caller does with it afterwards', async () => {
    using connected = connect(Echo, echo);
    const value = { bytes: new Uint8Array([1]), list: [1] };
    const answer = connected.stub.say(value);
    value.bytes[0] = 2;
    value.list.push(2);
    expect(await answer).toEqual({ bytes: new Uint8Array([1]), list: [1] });
  });

  it('stays a Secret, of any characters', async () => {
    const texts = ['hunter2', '', 'ü€😀\ud800', 'x'.repeat(10_000)];
    const arrived = (await across(texts.map((text) => new Secret(text)))) as Secret[];
    expect(arrived.map((secret) => secret instanceof Secret)).toEqual([true, true, true, true]);
    expect(arrived.map((secret) => secret.reveal())).toEqual(texts);
  });

  it('stays a Map of secrets, whatever its keys are', async () => {
    for (const keys of [[], [''], ['a', 'b', ''], ['a\nb', 'c'], [1, 'a']]) {
      const map = new Map(keys.map((key) => [key, new Secret(`secret of ${key}`)]));
      const arrived = (await across([new Secret('first'), map])) as [Secret, typeof map];
      expect([...arrived[1]].map(([key, value]) => [key, value.reveal()])).toEqual(
        keys.map((key) => [key, `secret of ${key}`]),
      );
    }
  });

  it('shows no secret in what is posted, nor in what waits to be', async () => {
    const { port1, port2 } = new MessageChannel();
    const posted = once(port1, 'message');
    const client = new RemoteClient(port2);
    const stub = client.instance(refOf(Echo), Echo);
    const call = thrownBy(
      stub.say(
        new Secret('hunter2'),
        new BearerToken('hunter2'),
        new Map([['authorization', new Secret('Bearer hunter2')]]),
        new RequestMetadata([['x-api-key', 'hunter2']]),
      ),
    );
    for (const shown of [client, stub, await posted]) {
      const all = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };
      expect(inspect(shown, all) + JSON.stringify(shown)).not.toContain('hunter2');
    }
    client.close('the test is over');
    expect(inspect(await call, { showHidden: true })).not.toContain('hunter2');
  });

  it('stays a BearerToken that expires at the same moment, or never', async () => {
    using connected = connect(Echo, echo, {
      hostClock: { now: () => 5_000_000 },
      clientClock: { now: () => 70 },
    });
    const [token, lasting] = (await connected.stub.say([
      new BearerToken('t', 60_070),
      new BearerToken('for ever'),
    ])) as [BearerToken, BearerToken];
    // Both clocks stand still while the one of the process goes on, so the way there and back takes from what is left.
    expect(token.expiresAt).toBeGreaterThan(30_000);
    expect(token.expiresAt).toBeLessThanOrEqual(60_070.001);
    expect(token.secret.reveal()).toBe('t');
    expect(lasting.expiresAt).toBeUndefined();
  });

  it('stays RequestMetadata', async () => {
    const headers = [
      ['x-tenant', 'acme'],
      ['x-more', 'a, b'],
    ] as const;
    for (const given of [[], headers]) {
      const arrived = await across(new RequestMetadata(given));
      expect(arrived).toBeInstanceOf(RequestMetadata);
      const metadata = arrived as RequestMetadata;
      expect([...metadata.names()].map((name) => [name, metadata.reveal(name)])).toEqual(given);
    }
  });

  it.each([
    [{ value: [() => {}] }, '.value[0]', 'a function'],
    [new Map([['k', Symbol('s')]]), '.get("k")', 'a symbol'],
    [new Set([new WeakMap()]), '[0]', 'an instance of WeakMap'],
    [{ a: new (class Cart {})() }, '.a', 'an instance of Cart'],
    [new Date(0), '', 'an instance of Date'],
    [
      { headers: { names: () => ['X-Tenant'], reveal: () => 'acme' } },
      '.headers',
      'no headers that a request can have (request metadata has a name that is no lower-case header name)',
    ],
  ])('is refused with its place when it cannot cross: %p', async (value, place, what) => {
    using connected = connect(Echo, echo);
    const error = await thrownBy(connected.stub.say('first', value));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toBe(
      `echo.say() of extension 'x' of pipeline 'default/main': argument 2${place} is ${what}, which cannot be handed to ` +
        'another thread; plain objects, arrays, Map, Set, Uint8Array, Secret, BearerToken, RequestMetadata and errors ' +
        'can be, and AbortSignals as arguments',
    );
  });

  it('is refused when it is a circle', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(((await thrownBy(across(circle))) as Error).message).toContain(
      'nested deeper than 64 levels, or a circle',
    );
  });
});

describe('an answer that cannot be handed back', () => {
  it('fails the call with its place', async () => {
    using connected = connect(Echo, { ...echo, say: async () => ({ token: [() => {}] }) });
    const error = await thrownBy(connected.stub.say());
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toContain(
      "echo.say() of extension 'x' of pipeline 'default/main': the answer.token[0] is a function",
    );
  });
});
