import { type DestinationStream, type Level, type Logger as PinoLogger, pino } from 'pino';
import type { LogFields, Logger } from '../extension/logger.js';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LoggerOptions {
  /** `info` when absent. */
  readonly level?: LogLevel;
  /** `json` when absent: one object a line. `text` is for people. */
  readonly format?: LogFormat;
  /** Standard error when absent, so that standard output belongs to the data. */
  readonly destination?: DestinationStream;
}

/**
 * The engine's logger. Lines are written before the call returns, so that the last ones are not lost when the
 * process ends. A `Secret` in a field shows as `[REDACTED]`.
 */
export async function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  const { level = 'info', format = 'json' } = options;
  const destination = options.destination ?? pino.destination({ fd: 2, sync: true });
  // Causes stand apart; the other serializer strings all messages together into each.
  const serializers = { error: pino.stdSerializers.errWithCause };
  const timestamp = pino.stdTimeFunctions.isoTime;
  const base = { level, base: null, serializers, timestamp, messageKey: 'message' };
  if (format === 'json') {
    const formatters = { level: (label: string) => ({ level: label }) };
    return new PinoBackedLogger(pino({ ...base, formatters }, destination));
  }
  // Loaded only where people read the log: a service's cold start does not pay for it.
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    messageKey: 'message',
    errorLikeObjectKeys: ['error'],
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    colorize: options.destination === undefined && process.stderr.isTTY === true,
  });
  const stream: DestinationStream = { write: (line) => destination.write(pretty(line)) };
  return new PinoBackedLogger(pino(base, stream));
}

class PinoBackedLogger implements Logger {
  readonly #pino: PinoLogger<Level>;

  constructor(logger: PinoLogger<Level>) {
    this.#pino = logger;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(fields, message);
  }

  child(fields: LogFields): Logger {
    return new PinoBackedLogger(this.#pino.child(fields));
  }
}
