import { TraitError, type TraitErrorFactory } from '../../../src/authoring.js';
import { AzureIdentityAuthConfig } from '../../../src/extensions/azure-identity-auth/config.js';
import { AzureIdentityAuthExtension } from '../../../src/extensions/azure-identity-auth/index.js';
import { CapturedLogger, FakeClock, TestExtensionContext } from '../../../src/testing/index.js';

const errors: TraitErrorFactory = {
  create: (trait, reason, options) => new TraitError('azure', trait.name, reason, options),
};

/** One instance of the extension with everything around it that a test looks at. */
export class Instance {
  // The library reads the system's time, so the fake one begins there.
  readonly clock = new FakeClock(Date.now());
  readonly log = new CapturedLogger();
  readonly ctx = new TestExtensionContext('azure');
  readonly auth: AzureIdentityAuthExtension;
  running: Promise<void> | undefined;

  constructor(config: Record<string, unknown>) {
    this.auth = new AzureIdentityAuthExtension(
      AzureIdentityAuthConfig.parse(config),
      this.log,
      this.clock,
      errors,
    );
  }

  start(): this {
    this.running = this.auth.start(this.ctx);
    return this;
  }

  /** Waits for the first attempt to end; the library takes a while to load. */
  async token(): Promise<string> {
    await eventually(() => this.ctx.isReady || this.log.text.includes('cannot get a token'));
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

  async stop(): Promise<void> {
    this.ctx.stop();
    await this.running;
  }
}

/** Waits, in real time, for what happens on sockets. */
export async function eventually(happened: () => boolean): Promise<void> {
  const limit = performance.now() + 20_000;
  while (!happened()) {
    if (performance.now() > limit) throw new Error('never happened');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
