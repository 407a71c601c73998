import { describe, expect, it } from '@jest/globals';
import {
  BearerTokenAuthorizer,
  BearerTokenProvider,
  type ExtensionTrait,
  HttpClientMiddleware,
  HttpConnectionPool,
  HttpServerMiddleware,
  KeyValueStore,
  RateLimiter,
} from '../../src/authoring.js';
import { Capabilities } from '../../src/extension/capabilities.js';
import { HandleTarget } from '../../src/extension/handle-target.js';
import { traits } from '../../src/traits/index.js';
import { type Declared, Passive, plansOf, rejection, Stage } from '../fixtures/timed-extensions.js';

/** A component that binds both traits of one extension. */
function bound(declared: Declared = { class: Passive }): Capabilities {
  const { registry } = new Stage().scope(plansOf({ x: declared }));
  const plan = new Map<ExtensionTrait<unknown>, string>([
    [BearerTokenProvider, 'x'],
    [BearerTokenAuthorizer, 'x'],
  ]);
  return new Capabilities({ kind: 'exporter', id: 'out', namespace: 'g/p/exporter/out' }, plan, registry);
}

describe('a handle', () => {
  it('is the same for one consumer at each look-up, whether it must be there or may be missing', () => {
    const capabilities = bound();
    const first = capabilities.getExtension(BearerTokenProvider);
    expect(capabilities.getExtension(BearerTokenProvider)).toBe(first);
    expect(capabilities.findExtension(BearerTokenProvider)).toBe(first);
    expect(capabilities.findExtension(BearerTokenProvider)).toBe(first);
    expect(capabilities.getExtension(BearerTokenProvider, 'x')).toBe(first);
  });

  it('leads two traits of an extension to one instance, and looking one up leaves the other', async () => {
    const capabilities = bound();
    const provider = capabilities.getExtension(BearerTokenProvider);
    const authorizer = capabilities.getExtension(BearerTokenAuthorizer);
    expect(await authorizer.authorize((await provider.getToken()).secret)).toEqual({
      allowed: true,
      identity: { subject: 't knows t#1' },
    });
  });

  it('calls methods that change the instance, any number of times', async () => {
    const provider = bound().getExtension(BearerTokenProvider);
    const tokens = await Promise.all([provider.getToken(), provider.getToken(), provider.getToken()]);
    expect(tokens.map(({ secret }) => secret.reveal())).toEqual(['t#1', 't#2', 't#3']);
  });

  it('throws what the instance throws, unchanged', async () => {
    const authorizer = bound().getExtension(BearerTokenAuthorizer);
    expect((await rejection(authorizer.authorize(undefined))).message).toBe('t cannot decide');
  });

  it('shows the methods of its trait and nothing else of the instance', () => {
    const handle = bound().getExtension(BearerTokenProvider);
    expect(Object.keys(handle).sort()).toEqual(['getToken', 'tokenStream']);
    expect(handle).not.toHaveProperty('authorize');
    expect(handle).not.toHaveProperty('settings');
  });

  it('leads every read of a stream that waits to the next instance', async () => {
    interface Source {
      items(): AsyncIterator<string>;
    }
    const silent: Source = { items: () => ({ next: () => new Promise(() => {}) }) };
    const items = async function* (): AsyncGenerator<string> {
      yield* ['first', 'second', 'third'];
    };
    const target = new HandleTarget<Source>(silent);
    const stream = target
      .follow(({ items: open }) => ({ [Symbol.asyncIterator]: open }))
      [Symbol.asyncIterator]();
    const reads = [stream.next(), stream.next(), stream.next()];
    target.move({ items });
    expect((await Promise.all(reads)).map(({ value }) => value)).toEqual(['first', 'second', 'third']);
    expect((await stream.next()).done).toBe(true);
  });

  it('ends every read of a stream that waits when its reader leaves', async () => {
    const target = new HandleTarget<object>({});
    const silent = { next: () => new Promise<never>(() => {}) };
    const stream = target.follow(() => ({ [Symbol.asyncIterator]: () => silent }))[Symbol.asyncIterator]();
    const reads = [stream.next(), stream.next()];
    await stream.return?.();
    expect((await Promise.all(reads)).map(({ done }) => done)).toEqual([true, true]);
  });

  it('reads a stream to the end, and leaves it when its reader does', async () => {
    const provider = bound().getExtension(BearerTokenProvider);
    const seen: string[] = [];
    for await (const token of provider.tokenStream()) {
      seen.push(token.secret.reveal());
      break;
    }
    expect(seen).toEqual(['t']);
  });

  it.each(traits.map((trait) => [trait.name, trait] as const))(
    'of %s has every method of the trait',
    (_, trait) => {
      const target = new HandleTarget<unknown>({});
      const handle = trait.handle(target, { namespace: 'g/p/exporter/out' }) as object;
      expect(Object.keys(handle).sort()).toEqual(Object.keys(trait.methods).sort());
    },
  );
});

describe('a handle whose calls are counted', () => {
  /** What a call takes that looks at it before it hands it on; others take anything. */
  const accepted: Readonly<Record<string, readonly unknown[]>> = {
    getMany: [['key']],
    batch: [[]],
    set: ['key', new Uint8Array(1)],
  };

  const calls = traits.flatMap((trait) =>
    Object.entries(trait.methods)
      .filter(([, behaviour]) => behaviour === 'async')
      .map(([method]) => [`${trait.name}.${method}`, trait, method] as const),
  );

  it.each(calls)(
    'counts %s, so that the last one ends before the instance is stopped',
    async (_, trait, method) => {
      let counted = 0;
      const answer = Promise.resolve('answer');
      const current = { [method]: () => answer };
      const count = <Answer>(call: Promise<Answer>): Promise<Answer> => {
        counted++;
        return call;
      };
      const handle = trait.handle(
        {
          current,
          counted: count,
          inOrder: (call) => count(call(current)),
          follow: () => {
            throw new Error('this is no stream');
          },
        },
        { namespace: 'g/p/exporter/out' },
      ) as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
      expect(await handle[method]?.(...(accepted[method] ?? ['key']))).toBe('answer');
      expect(counted).toBe(1);
    },
  );
});

describe('the traits', () => {
  it('are all known by their names in YAML, each once', () => {
    const known = [
      BearerTokenProvider,
      BearerTokenAuthorizer,
      HttpClientMiddleware,
      HttpConnectionPool,
      HttpServerMiddleware,
      KeyValueStore,
      RateLimiter,
    ];
    expect([...traits].map(({ name }) => name).sort()).toEqual(known.map(({ name }) => name).sort());
  });
});

describe('a stream whose instance is replaced', () => {
  const follow = (open: (instance: string) => AsyncIterable<string>) => {
    const target = new HandleTarget<unknown>('old');
    const iterator = target.follow((instance) => open(String(instance)))[Symbol.asyncIterator]();
    return { target, next: () => iterator.next(), leave: () => iterator.return?.() };
  };

  async function* waiting(instance: string): AsyncGenerator<string> {
    yield instance;
    await new Promise(() => {});
  }

  it('goes on with the new one while it waits for the next item', async () => {
    const { target, next } = follow(waiting);
    expect(await next()).toEqual({ done: false, value: 'old' });
    const waitingFor = next();
    target.move('new');
    expect(await waitingFor).toEqual({ done: false, value: 'new' });
  });

  it('goes on with the new one when nobody reads it just then', async () => {
    const { target, next } = follow(waiting);
    await next();
    target.move('new');
    expect(await next()).toEqual({ done: false, value: 'new' });
  });

  it('goes on with the last one when it is replaced twice meanwhile', async () => {
    const { target, next } = follow(waiting);
    await next();
    const waitingFor = next();
    target.move('newer');
    target.move('newest');
    expect(await waitingFor).toEqual({ done: false, value: 'newest' });
  });

  it('does not end because the old one ends then', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { target, next } = follow(async function* (instance) {
      yield instance;
      if (instance === 'old') await promise;
      else await new Promise(() => {});
    });
    await next();
    const waitingFor = next();
    target.move('new');
    resolve();
    expect(await waitingFor).toEqual({ done: false, value: 'new' });
  });

  it('hears nothing of how the old one ends, whatever it throws', async () => {
    const refusing = (instance: string): AsyncIterable<string> => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: instance }),
        return: () => {
          throw new Error(`${instance} cannot be left`);
        },
      }),
    });
    const { target, next } = follow(refusing);
    expect(await next()).toEqual({ done: false, value: 'old' });
    target.move('new');
    expect(await next()).toEqual({ done: false, value: 'new' });
  });

  it('leaves the one of the old instance, once', async () => {
    const left: string[] = [];
    const { target, next } = follow((instance) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: instance }),
        return: async () => {
          left.push(instance);
          return { done: true, value: undefined };
        },
      }),
    }));
    await next();
    target.move('new');
    await next();
    expect(left).toEqual(['old']);
  });

  it('drops what the old one gave in the same moment: the new one begins with what is current', async () => {
    const { promise, resolve } = Promise.withResolvers<IteratorResult<string>>();
    const { target, next } = follow((instance) => ({
      [Symbol.asyncIterator]: () => ({
        next: () => (instance === 'old' ? promise : Promise.resolve({ done: false, value: instance })),
      }),
    }));
    const waitingFor = next();
    resolve({ done: false, value: 'too late' });
    await Promise.resolve();
    target.move('new');
    expect(await waitingFor).toEqual({ done: false, value: 'new' });
  });

  it('ends when the instance that serves ends it, and throws what that one throws', async () => {
    const short = follow(async function* (instance) {
      yield instance;
    });
    await short.next();
    expect(await short.next()).toEqual({ done: true, value: undefined });
    expect(await short.next()).toEqual({ done: true, value: undefined });
    // biome-ignore lint/correctness/useYield: it fails before its first item.
    const broken = follow(async function* () {
      throw new Error('no stream');
    });
    expect((await rejection(broken.next())).message).toBe('no stream');
    expect(await broken.next()).toEqual({ done: true, value: undefined });
  });

  it('is over when its reader leaves', async () => {
    const { target, next, leave } = follow(waiting);
    await next();
    expect(await leave()).toEqual({ done: true, value: undefined });
    target.move('new');
    expect(await next()).toEqual({ done: true, value: undefined });
  });
});
