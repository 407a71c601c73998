import type { Engine } from '../distribution.js';
import { ExtensionError } from '../extension/errors.js';
import type { LogFields, Logger } from '../extension/logger.js';
import { PipelineError } from '../pipeline/errors.js';
import { formatSummary } from '../pipeline/summary.js';
import { type End, Ends } from './ends.js';
import { ExitCode } from './exit-code.js';
import { setsOfNumCores } from './num-cores.js';
import type { ConfigOptions, LogOptions } from './options.js';
import { Reloader } from './reloader.js';

export interface RunOptions extends ConfigOptions, LogOptions {
  /** Milliseconds. */
  readonly drainTimeout: number;
  /** Instances of each pipeline, 0 for one on each core; `undefined` when the configuration decides. */
  readonly numCores?: number;
  /** Whether to reload when a file of the configuration changes. */
  readonly watch?: boolean;
}

/**
 * Runs an engine until a signal or a failure. The first SIGTERM or SIGINT drains, or ends at once what is still being
 * loaded; a second one forces the end. SIGHUP reloads the configuration, as soon as the engine runs.
 *
 * @throws ConfigError and whatever else `Engine.fromConfig` throws
 */
export async function run(options: RunOptions): Promise<ExitCode> {
  const logging = openLogger(options);
  // Before anything is loaded, which may take its time.
  using ends = new Ends(logging);
  using reloader = new Reloader(options.watch === true);
  const logger = await logging;
  const engine = await Promise.race([load(options, logger), ends.first.then(() => undefined)]);
  if (engine === undefined) return endedWhileLoading(await ends.first, logger);

  const started = engine
    .start()
    .then(() => logger.info('running', { startedMs: Math.round(performance.now()) }))
    .then(() => reloader.start(engine, logger));
  void engine.failed.then((error) => ends.end({ by: 'failure', error }));
  started.catch((error: Error) => ends.end({ by: 'failure', error }));

  const end = await ends.first;
  reloader.stop();
  if (end.by === 'failure') logger.error(end.error.message, stackOf(end.error));
  else
    logger.info(`${end.name}: draining; a second signal forces the end`, { timeoutMs: options.drainTimeout });
  const summary = await engine.stop({ drainMs: options.drainTimeout, force: ends.forced });
  for (const line of summary.map(formatSummary)) process.stdout.write(`${line}\n`);
  const lost = summary.some(({ failed, dropped }) => failed + dropped > 0);
  const wrong = end.by === 'failure' || engine.errors.length > 0 || lost || ends.forced.aborted;
  return wrong ? ExitCode.RUNTIME_FAILURE : ExitCode.OK;
}

async function openLogger({ logLevel, logFormat }: RunOptions): Promise<Logger> {
  const { createLogger } = await import('../telemetry/logger.js');
  return await createLogger({ level: logLevel, format: logFormat });
}

async function load(options: RunOptions, logger: Logger): Promise<Engine> {
  // All components with their packages, most of what a start takes.
  const { Engine } = await import('../distribution.js');
  return await Engine.fromConfig(options.config, {
    // Behind those of the user, for it is the option that says it most plainly.
    set: [...options.set, ...setsOfNumCores(options.numCores)],
    plugins: options.plugin,
    scanPlugins: options.scanPlugins === true,
    logger,
  });
}

/** There is nothing to drain or to stop: nothing has been started. */
function endedWhileLoading(end: End, logger: Logger): ExitCode {
  if (end.by === 'failure') {
    logger.error(end.error.message, stackOf(end.error));
    return ExitCode.RUNTIME_FAILURE;
  }
  logger.info(`${end.name}: ending at once; the configuration was still being loaded, nothing had started`);
  return ExitCode.OK;
}

/** A failure that says all in its message needs no stack; a defect does. */
function stackOf(error: Error): LogFields {
  const said =
    error instanceof ExtensionError || error instanceof PipelineError || error instanceof AggregateError;
  return said ? {} : { error };
}
