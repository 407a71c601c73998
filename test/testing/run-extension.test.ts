import { describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import {
  BearerToken,
  BearerTokenAuthorizer,
  BearerTokenProvider,
  Clock,
  config,
  duration,
  Extension,
  type ExtensionContext,
  ExtensionLookup,
  inject,
  Logger,
  Receiver,
  secret,
  serviceToken,
  z,
} from '../../src/authoring.js';
import { FakeClock, provide, runExtension } from '../../src/testing/index.js';

const RotatingConfig = z.strictObject({
  name: z.string(),
  every: duration().prefault('1m'),
  key: secret().optional(),
});

/** Gives a numbered token, the next one each time a period is over. */
@Extension({
  urn: 'urn:test:extension:rotating',
  description: 'Rotates.',
  traits: [BearerTokenProvider],
  execution: 'shared',
  config: RotatingConfig,
  readiness: true,
})
class Rotating implements BearerTokenProvider {
  #number = 0;

  constructor(
    @config() private readonly settings: z.output<typeof RotatingConfig>,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly log: Logger,
  ) {}

  async start(ctx: ExtensionContext): Promise<void> {
    try {
      for (;;) {
        await this.clock.sleep(this.settings.every, ctx.signal);
        this.#number += 1;
        this.log.info('rotated', { number: this.#number });
        ctx.ready();
      }
    } catch (error) {
      if (!ctx.signal.aborted) throw error;
    }
  }

  async getToken(): Promise<BearerToken> {
    return new BearerToken(`${this.settings.name}-${this.#number}`);
  }

  async *tokenStream(): AsyncIterable<BearerToken> {
    yield await this.getToken();
  }
}

/** What an extension that only starts does, as the test says. */
let background: (ctx: ExtensionContext) => Promise<void> = (ctx) => ctx.stopping();

@Extension({ urn: 'urn:test:extension:background', description: 'Runs.', execution: 'local' })
class Background {
  start(ctx: ExtensionContext): Promise<void> {
    return background(ctx);
  }
}

/** Unless told otherwise it is never ready, and does not hear that it is to stop. */
@Extension({
  urn: 'urn:test:extension:deaf',
  description: 'Hears nothing.',
  execution: 'local',
  readiness: true,
  config: z.strictObject({ deaf: z.boolean().default(true) }),
})
class Deaf {
  constructor(@config() private readonly settings: { readonly deaf: boolean }) {}

  async start(ctx: ExtensionContext): Promise<void> {
    if (this.settings.deaf) await new Promise(() => {});
    ctx.ready();
    await ctx.stopping();
  }
}

/** Admits whoever bears the token of another extension. */
@Extension({
  urn: 'urn:test:extension:same_token',
  description: 'Compares.',
  traits: [BearerTokenAuthorizer],
  execution: 'local',
  requires: [BearerTokenProvider],
})
class SameToken implements BearerTokenAuthorizer {
  constructor(@inject(ExtensionLookup) private readonly lookup: ExtensionLookup) {}

  async authorize(token: { reveal(): string } | undefined) {
    const expected = await this.lookup.getExtension(BearerTokenProvider).getToken();
    return token?.reveal() === expected.secret.reveal()
      ? ({ allowed: true, identity: { subject: 'it' } } as const)
      : ({ allowed: false, reason: 'InvalidCredential' } as const);
  }
}

const NumberedConfig = z.strictObject({ number: z.number() });

/** Gives the number of its config as a token. */
@Extension({
  urn: 'urn:test:extension:numbered',
  description: 'Numbers.',
  traits: [BearerTokenProvider],
  execution: 'local',
  config: NumberedConfig,
})
class Numbered implements BearerTokenProvider {
  constructor(@config() private readonly settings: z.output<typeof NumberedConfig>) {}

  async getToken(): Promise<BearerToken> {
    return new BearerToken(String(this.settings.number));
  }

  async *tokenStream(): AsyncIterable<BearerToken> {
    yield await this.getToken();
  }
}

const reveal = async (provider: BearerTokenProvider): Promise<string> =>
  (await provider.getToken()).secret.reveal();

const fixed = (token: string): BearerTokenProvider => ({
  getToken: async () => new BearerToken(token),
  async *tokenStream() {
    yield new BearerToken(token);
  },
});

describe('runExtension', () => {
  it('runs an extension on a clock that the test moves, and serves its trait', async () => {
    await using harness = await runExtension(Rotating, { config: { name: 'n', every: '1s' } });
    expect(harness.isReady).toBe(false);
    await harness.clock.advance(1_000);
    await harness.whenReady;
    expect(harness.isReady).toBe(true);
    expect(await reveal(harness.trait(BearerTokenProvider))).toBe('n-1');
    await harness.clock.advance(2_000);
    expect(await reveal(harness.trait(BearerTokenProvider))).toBe('n-3');
  });

  it('keeps the log, with the name of the instance on the lines', async () => {
    await using harness = await runExtension(Rotating, { config: { name: 'n', every: '1s' } });
    await harness.clock.advance(1_000);
    expect(harness.logs.lines.filter(({ message }) => message === 'rotated')).toEqual([
      {
        level: 'info',
        message: 'rotated',
        fields: expect.objectContaining({ extension: 'rotating', number: 1 }),
      },
    ]);
  });

  it('takes a clock of the test', async () => {
    const clock = new FakeClock(0);
    await using harness = await runExtension(Rotating, { config: { name: 'n' }, clock });
    expect(harness.clock).toBe(clock);
  });

  it('checks the config by the schema, and says what is wrong in the words of the engine', async () => {
    await expect(runExtension(Rotating, { config: { nam: 'n' } })).rejects.toThrow(
      "extensions.rotating.config.nam: error[unknown_field] 'config' has no field 'nam'; did you mean 'name'?",
    );
    await expect(runExtension(Rotating)).rejects.toThrow(
      "error[missing_field] the field 'name' is missing in 'config'",
    );
  });

  it('binds what the test provides, and reaches it through a real handle', async () => {
    await using harness = await runExtension(SameToken, {
      extensions: [provide(BearerTokenProvider, fixed('t'))],
    });
    await harness.whenReady;
    const authorizer = harness.trait(BearerTokenAuthorizer);
    expect(await authorizer.authorize(new BearerToken('t').secret)).toMatchObject({ allowed: true });
    expect(await authorizer.authorize(undefined)).toMatchObject({ allowed: false });
  });

  it('refuses a capability that is missing or that the class does not use, as the engine does', async () => {
    await expect(runExtension(SameToken)).rejects.toThrow(
      'bearer_token_provider, which is bound to no extension',
    );
    const extensions = [provide(BearerTokenProvider, fixed('t'))];
    await expect(runExtension(Rotating, { config: { name: 'n' }, extensions })).rejects.toThrow(
      'does not use bearer_token_provider',
    );
  });

  it('does not give a trait that the class does not provide', async () => {
    await using harness = await runExtension(Rotating, { config: { name: 'n' } });
    expect(() => harness.trait(BearerTokenAuthorizer)).toThrow('bearer_token_authorizer');
  });

  it('binds services of the application', async () => {
    const Greeting = serviceToken<string>('greeting');
    @Extension({ urn: 'urn:test:extension:greeter', description: 'Greets.', execution: 'local' })
    class Greeter {
      constructor(
        @inject(Greeting) private readonly greeting: string,
        @inject(Logger) private readonly log: Logger,
      ) {}
      async start(ctx: ExtensionContext): Promise<void> {
        this.log.info(this.greeting);
        await ctx.stopping();
      }
    }
    const container = new Container();
    container.bind(Greeting.id).toConstantValue('hello');
    await using harness = await runExtension(Greeter, { container });
    await harness.whenReady;
    expect(harness.logs.text).toContain('hello');
  });

  it('reports a readiness barrier that is not passed in time', async () => {
    await using harness = await runExtension(Rotating, { config: { name: 'n', every: '1h' } });
    await harness.clock.advance(5_000);
    await expect(harness.whenReady).rejects.toThrow(
      "extension 'rotating' (urn:test:extension:rotating) of pipeline 'test/test' was not ready",
    );
    expect(await harness.stop()).toEqual([expect.objectContaining({ kind: 'NotReady' })]);
  });

  it('reports a start that throws', async () => {
    background = async () => {
      throw new Error('no database');
    };
    await using harness = await runExtension(Background);
    await expect(harness.whenReady).rejects.toThrow('failed to start: no database');
    expect((await harness.failed).message).toContain('failed to start: no database');
    expect(await harness.stop()).toEqual([expect.objectContaining({ kind: 'StartFailed' })]);
  });

  it('does not call it a failure when the test stops an extension that is starting', async () => {
    background = (ctx) => ctx.stopping();
    const harness = await runExtension(Background);
    expect(await harness.stop()).toEqual([]);
    await harness.whenReady.catch(() => {});
    expect(await Promise.race([harness.failed, Promise.resolve('nothing')])).toBe('nothing');
  });

  it('reports an extension that ends before it is asked to', async () => {
    const end = Promise.withResolvers<void>();
    background = () => end.promise;
    await using harness = await runExtension(Background);
    await harness.whenReady;
    end.resolve();
    expect((await harness.failed).message).toContain('ended before shutdown: it returned from start()');
    expect(await harness.stop()).toEqual([expect.objectContaining({ kind: 'EndedEarly' })]);
  });

  it('reports what goes wrong while it stops', async () => {
    background = async (ctx) => {
      await ctx.stopping();
      throw new Error('cannot close');
    };
    await using harness = await runExtension(Background);
    await harness.whenReady;
    expect(await harness.stop()).toEqual([
      expect.objectContaining({ kind: 'StopFailed', message: expect.stringContaining('cannot close') }),
    ]);
  });

  it('gives up an extension that does not stop, without the test moving the clock', async () => {
    background = () => new Promise(() => {});
    await using harness = await runExtension(Background);
    await harness.whenReady;
    expect(await harness.stop()).toEqual([
      expect.objectContaining({ kind: 'StopFailed', message: expect.stringContaining('was abandoned') }),
    ]);
  });

  it('gives up one that is not ready in time and does not stop either, without the test moving the clock further', async () => {
    await using harness = await runExtension(Deaf);
    await harness.clock.advance(5_000);
    await expect(harness.whenReady).rejects.toThrow('was not ready within 5 s');
    expect((await harness.failed).message).toContain('was not ready within 5 s');
    expect(await harness.stop()).toEqual([
      expect.objectContaining({ kind: 'NotReady' }),
      expect.objectContaining({ kind: 'StopFailed' }),
    ]);
  });

  it('gives up one that is to take the place of another in the same way, and the other goes on', async () => {
    await using harness = await runExtension(Deaf, { config: { deaf: false } });
    await harness.whenReady;
    const replaced = harness.replace({ deaf: true });
    await harness.clock.advance(5_000);
    await expect(replaced).rejects.toThrow('was not replaced and serves as before');
    expect(await harness.stop()).toEqual([expect.objectContaining({ kind: 'StopFailed' })]);
  });

  it('has nothing to report of an extension that stops well, however often it is stopped', async () => {
    background = (ctx) => ctx.stopping();
    const harness = await runExtension(Background);
    await harness.whenReady;
    expect(await harness.stop()).toEqual([]);
    expect(await harness.stop()).toEqual([]);
  });

  it('fails a test that disposes of it without having seen what went wrong', async () => {
    background = async () => {
      throw new Error('no database');
    };
    const unseen = async (): Promise<void> => {
      await using harness = await runExtension(Background);
      await harness.whenReady.catch(() => {});
    };
    await expect(unseen()).rejects.toThrow('failed to start: no database');
  });

  it('replaces the instance behind what consumers hold, and keeps it when the new config is wrong', async () => {
    background = (ctx) => ctx.stopping();
    await using harness = await runExtension(Numbered, { config: { number: 1 } });
    const held = harness.trait(BearerTokenProvider);
    expect(await reveal(held)).toBe('1');
    await harness.replace({ number: 2 });
    expect(await reveal(held)).toBe('2');
    await expect(harness.replace({ number: 'three' })).rejects.toThrow('expected a number');
    expect(await reveal(held)).toBe('2');
    expect(await harness.stop()).toEqual([]);
  });

  it('tells consumers apart', async () => {
    await using harness = await runExtension(Numbered, { config: { number: 1 }, consumers: ['b', 'a'] });
    const [a, b] = [harness.trait(BearerTokenProvider, 'a'), harness.trait(BearerTokenProvider, 'b')];
    expect(a).not.toBe(b);
    expect(harness.trait(BearerTokenProvider)).toBe(b);
    expect(await reveal(a)).toBe(await reveal(b));
    expect(() => harness.trait(BearerTokenProvider, 'c')).toThrow(
      "there is no consumer 'c'; name it in 'consumers' beside b, a",
    );
  });

  it.each([
    { consumers: ['a', 'a'], says: 'consumers names one twice: a, a' },
    {
      consumers: ['end_of_test'],
      says: "no consumer can be called 'end_of_test', which the test kit uses itself",
    },
    {
      consumers: ['a', ''],
      says: "no consumer can be called ''; leave out quotes, brackets and spaces around it",
    },
    { consumers: ['a["b"]'], says: `no consumer can be called 'a["b"]'` },
    { consumers: [], says: 'consumers names nobody; leave it out to have one' },
  ])('refuses consumers that cannot be told apart or named: $consumers', async ({ consumers, says }) => {
    // Who writes JavaScript can give an empty list.
    const given = consumers as unknown as [string, ...string[]];
    const refused = runExtension(Numbered, { config: { number: 1 }, consumers: given });
    await expect(refused).rejects.toThrow(RangeError);
    await expect(refused).rejects.toThrow(says);
  });

  it('gives each consumer an instance of its own when the class asks for that', async () => {
    let instances = 0;
    @Extension({
      urn: 'urn:test:extension:own',
      description: "Is nobody else's.",
      traits: [BearerTokenProvider],
      execution: 'local',
      instancing: 'per_consumer',
    })
    class Own {
      readonly #number = ++instances;
      async getToken(): Promise<BearerToken> {
        return new BearerToken(String(this.#number));
      }
      async *tokenStream(): AsyncIterable<BearerToken> {
        yield await this.getToken();
      }
    }
    await using harness = await runExtension(Own, { consumers: ['a', 'b'] });
    const [a, b] = [harness.trait(BearerTokenProvider, 'a'), harness.trait(BearerTokenProvider, 'b')];
    expect(await reveal(a)).not.toBe(await reveal(b));
    expect(await reveal(a)).toBe(await reveal(harness.trait(BearerTokenProvider, 'a')));
  });

  it('refuses a class that another copy of the package decorated', async () => {
    class Foreign {}
    Reflect.defineMetadata(Symbol.for('otap-dataflow/component'), { kind: 'extension' }, Foreign);
    await expect(runExtension(Foreign)).rejects.toThrow(
      'Foreign was decorated by another copy of otap-dataflow than the one that tests it',
    );
  });

  it('refuses a class that is no extension', async () => {
    await expect(runExtension(class Plain {})).rejects.toThrow(
      'Plain is no component; decorate it with @Extension',
    );
    @Receiver({ urn: 'urn:test:receiver:idle', description: 'Idles.' })
    class Idle {
      async start(): Promise<void> {}
    }
    await expect(runExtension(Idle)).rejects.toThrow(
      'Idle is no extension but one receiver; use runReceiver',
    );
  });
});
