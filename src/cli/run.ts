import { Engine } from '../distribution.js';
import { ExtensionError, reasonOf } from '../extension/errors.js';
import type { LogFields, Logger } from '../extension/logger.js';
import { PipelineError } from '../pipeline/errors.js';
import { formatSummary } from '../pipeline/summary.js';
import { createLogger } from '../telemetry/logger.js';
import { ExitCode } from './exit-code.js';
import type { ConfigOptions, LogOptions } from './options.js';
import { Reloader } from './reloader.js';

export interface RunOptions extends ConfigOptions, LogOptions {
  /** Milliseconds. */
  readonly drainTimeout: number;
  /** Whether to reload when a file of the configuration changes. */
  readonly watch?: boolean;
}

/**
 * A signal that comes within this time after the first, in milliseconds, is the same one: Ctrl-C reaches the whole group of processes,
 * and npm hands it on as well.
 */
const SAME_SIGNAL_MS = 500;

/** What happened that ends the run. */
type End =
  | { readonly by: 'signal'; readonly name: string }
  | { readonly by: 'failure'; readonly error: Error };

/**
 * Runs an engine until a signal or a failure. The first SIGTERM or SIGINT drains; a second one forces the end. SIGHUP
 * reloads the configuration.
 *
 * @throws ConfigError and whatever else `Engine.fromConfig` throws
 */
export async function run(options: RunOptions): Promise<ExitCode> {
  const logger = await createLogger({ level: options.logLevel, format: options.logFormat });
  const engine = await Engine.fromConfig(options.config, {
    set: options.set,
    plugins: options.plugin,
    scanPlugins: options.scanPlugins === true,
    logger,
  });
  using ends = new Ends(logger);
  using reloader = new Reloader(engine, logger, options.watch === true);
  const started = engine
    .start()
    .then(() => logger.info('running', { startedMs: Math.round(performance.now()) }))
    .then(() => reloader.start());
  void engine.failed.then((error) => ends.end({ by: 'failure', error }));
  started.catch((error: Error) => ends.end({ by: 'failure', error }));

  const end = await ends.first;
  if (end.by === 'failure') logger.error(end.error.message, stackOf(end.error));
  else
    logger.info(`${end.name}: draining; a second signal forces the end`, { timeoutMs: options.drainTimeout });
  const summary = await engine.stop({ drainMs: options.drainTimeout, force: ends.forced });
  for (const line of summary.map(formatSummary)) process.stdout.write(`${line}\n`);
  const lost = summary.some(({ failed, dropped }) => failed + dropped > 0);
  return end.by === 'failure' || lost || ends.forced.aborted ? ExitCode.RUNTIME_FAILURE : ExitCode.OK;
}

/** A failure that says all in its message needs no stack; a defect does. */
function stackOf(error: Error): LogFields {
  const said =
    error instanceof ExtensionError || error instanceof PipelineError || error instanceof AggregateError;
  return said ? {} : { error };
}

/** Waits for what ends a run: a signal, a failure, or an error that nobody caught. */
class Ends implements Disposable {
  readonly first: Promise<End>;
  /** Aborts at a signal that comes while the run is ending. */
  readonly forced: AbortSignal;
  readonly #resolve: (end: End) => void;
  readonly #force = new AbortController();
  readonly #logger: Logger;
  #ending = false;
  #signalledAt = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger) {
    const first = Promise.withResolvers<End>();
    this.first = first.promise;
    this.#resolve = first.resolve;
    this.forced = this.#force.signal;
    this.#logger = logger;
    process.on('SIGTERM', this.#onSignal).on('SIGINT', this.#onSignal);
    process.on('uncaughtException', this.#onError).on('unhandledRejection', this.#onError);
  }

  end(end: End): void {
    this.#ending = true;
    this.#resolve(end);
  }

  [Symbol.dispose](): void {
    process.off('SIGTERM', this.#onSignal).off('SIGINT', this.#onSignal);
    process.off('uncaughtException', this.#onError).off('unhandledRejection', this.#onError);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const now = performance.now();
    if (!this.#ending) {
      this.#signalledAt = now;
      this.end({ by: 'signal', name });
    } else if (now - this.#signalledAt > SAME_SIGNAL_MS) {
      this.#force.abort();
    }
  };

  readonly #onError = (cause: unknown): void => {
    const error = new Error(`an error that nobody caught, a defect of a component: ${reasonOf(cause)}`, {
      cause,
    });
    if (this.#ending) this.#logger.error(error.message, { error });
    else this.end({ by: 'failure', error });
  };
}
