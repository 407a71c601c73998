import { Engine } from '../distribution.js';
import { formatSummary } from '../pipeline/summary.js';
import { createLogger } from '../telemetry/logger.js';
import { ExitCode } from './exit-code.js';
import type { ConfigOptions, LogOptions } from './options.js';

export interface RunOptions extends ConfigOptions, LogOptions {
  /** Milliseconds. */
  readonly drainTimeout: number;
}

/** What happened that ends the run. */
type End =
  | { readonly by: 'signal'; readonly name: string }
  | { readonly by: 'failure'; readonly error: Error };

/**
 * Runs an engine until a signal or a failure. The first SIGTERM or SIGINT drains; a second one forces the end.
 *
 * @throws ConfigError and whatever else `Engine.fromConfig` throws
 */
export async function run(options: RunOptions): Promise<ExitCode> {
  const logger = await createLogger({ level: options.logLevel, format: options.logFormat });
  const engine = await Engine.fromConfig(options.config, {
    set: options.set,
    plugins: options.plugin,
    logger,
  });
  using ends = new Ends();
  const started = engine
    .start()
    .then(() => logger.info('running', { startedMs: Math.round(performance.now()) }));
  void engine.failed.then((error) => ends.end({ by: 'failure', error }));
  started.catch((error: Error) => ends.end({ by: 'failure', error }));

  const end = await ends.first;
  if (end.by === 'failure') logger.error(end.error.message, { error: end.error });
  else
    logger.info(`${end.name}: draining; a second signal forces the end`, { timeoutMs: options.drainTimeout });
  const summary = await engine.stop({ drainMs: options.drainTimeout, force: ends.forced });
  for (const line of summary.map(formatSummary)) process.stdout.write(`${line}\n`);
  const lost = summary.some(({ dropped }) => dropped > 0);
  return end.by === 'failure' || lost || ends.forced.aborted ? ExitCode.RUNTIME_FAILURE : ExitCode.OK;
}

/** Waits for what ends a run: a signal, a failure, or an error that nobody caught. */
class Ends implements Disposable {
  readonly first: Promise<End>;
  /** Aborts at the second signal. */
  readonly forced: AbortSignal;
  readonly end: (end: End) => void;
  readonly #force = new AbortController();
  readonly #onSignal: (name: NodeJS.Signals) => void;
  readonly #onError: (error: unknown) => void;

  constructor() {
    const first = Promise.withResolvers<End>();
    this.first = first.promise;
    this.end = first.resolve;
    this.forced = this.#force.signal;
    let signals = 0;
    this.#onSignal = (name) => {
      signals += 1;
      if (signals === 1) first.resolve({ by: 'signal', name });
      else this.#force.abort();
    };
    this.#onError = (error) => {
      first.resolve({ by: 'failure', error: error instanceof Error ? error : new Error(String(error)) });
    };
    process.on('SIGTERM', this.#onSignal).on('SIGINT', this.#onSignal);
    process.on('uncaughtException', this.#onError).on('unhandledRejection', this.#onError);
  }

  [Symbol.dispose](): void {
    process.off('SIGTERM', this.#onSignal).off('SIGINT', this.#onSignal);
    process.off('uncaughtException', this.#onError).off('unhandledRejection', this.#onError);
  }
}
