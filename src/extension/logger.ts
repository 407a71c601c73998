import { type ServiceToken, serviceToken } from './services.js';

/** What a log line carries beside its message. Values are shown as they are: wrap secrets in `Secret`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A structured log. Each instance gets one that already names its group, pipeline and instance. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

export const Logger: ServiceToken<Logger> = serviceToken<Logger>('logger');
