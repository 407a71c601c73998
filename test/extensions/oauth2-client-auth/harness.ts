import { HttpConnectionPool, TraitError, type TraitErrorFactory } from '../../../src/authoring.js';
import { OAuth2ClientAuthConfig } from '../../../src/extensions/oauth2-client-auth/config.js';
import { OAuth2ClientAuth } from '../../../src/extensions/oauth2-client-auth/index.js';
import { CapturedLogger, FakeClock, provide, TestExtensionContext } from '../../../src/testing/index.js';

const errors: TraitErrorFactory = {
  create: (trait, reason, options) => new TraitError('login', trait.name, reason, options),
};

/** One instance of the extension with everything around it that a test looks at. */
export class Instance {
  readonly clock = new FakeClock(Date.now());
  readonly log = new CapturedLogger();
  readonly ctx: TestExtensionContext;
  readonly auth: OAuth2ClientAuth;
  #running: Promise<void> | undefined;

  constructor(config: Record<string, unknown>, pool?: HttpConnectionPool) {
    this.ctx = new TestExtensionContext(
      'login',
      pool === undefined ? [] : [provide(HttpConnectionPool, pool)],
    );
    const settings = OAuth2ClientAuthConfig.parse(config);
    this.auth = new OAuth2ClientAuth(settings, this.log, this.clock, errors, this.ctx);
  }

  start(): this {
    this.#running = this.auth.start(this.ctx);
    return this;
  }

  async token(): Promise<string> {
    return (await this.auth.getToken()).secret.reveal();
  }

  /** The error that a consumer gets now. */
  async failure(): Promise<Error> {
    try {
      await this.token();
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('there is a token');
  }

  /** Moves the clock to whatever is due next, and says how far that was. */
  async advanceToNext(): Promise<number> {
    const { nextIn } = this.clock;
    if (nextIn === undefined) throw new Error('nothing is due');
    await this.clock.advance(nextIn);
    return nextIn;
  }

  async stop(): Promise<void> {
    this.ctx.stop();
    await this.#running;
  }
}

/** Waits, in real time, for what happens on sockets. */
export async function eventually(
  happened: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const limit = performance.now() + withinMs;
  while (!(await happened())) {
    if (performance.now() > limit) throw new Error('never happened');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
