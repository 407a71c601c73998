import type { logger as libraryLogger } from '@azure/identity';
import { type AzureEnvironment, azureText } from './azure-text.js';

type LibraryLogger = typeof libraryLogger;

/** The loggers that are cleaned already; there is one a process. */
const cleaned = new WeakSet<LibraryLogger>();

/**
 * Cleans what Azure's library logs when `AZURE_LOG_LEVEL` is set: its lines quote answers that it could not parse,
 * and what an endpoint says.
 */
export function cleanLibraryLog(logger: LibraryLogger, environment: AzureEnvironment): void {
  if (cleaned.has(logger)) return;
  cleaned.add(logger);
  for (const level of [logger.error, logger.warning, logger.info, logger.verbose]) {
    const write = level.log;
    level.log = (...parts) => write(azureText(parts.map(String).join(' '), environment));
  }
}
