import { writeSync } from 'node:fs';
import { pluginsBeingLoaded } from '../extension/plugin.js';
import { ExitCode } from './exit-code.js';

const STDERR = 2;

/** Says which plugin was being loaded when its code ends the process, which is no success then. */
export function guardLoading(): Disposable {
  const onExit = (code: number): void => {
    const plugin = pluginsBeingLoaded()[0];
    if (plugin === undefined) return;
    if (code === ExitCode.OK) process.exitCode = ExitCode.BAD_CONFIGURATION;
    say(
      `plugin '${plugin}' could not be loaded: the process was ended while it was loading, by process.exit perhaps`,
    );
  };
  const onError = (): void => {
    const plugin = pluginsBeingLoaded()[0];
    if (plugin !== undefined) say(`an error that nobody caught, while plugin '${plugin}' was loading:`);
  };
  process.on('exit', onExit).on('uncaughtExceptionMonitor', onError);
  return {
    [Symbol.dispose]: () => {
      process.off('exit', onExit).off('uncaughtExceptionMonitor', onError);
    },
  };
}

/** At once: what is only buffered is lost with the process. */
function say(line: string): void {
  try {
    writeSync(STDERR, `${line}\n`);
  } catch {
    // Nobody reads it any more; the exit code tells.
  }
}
