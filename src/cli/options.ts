import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/duration.js';
import { type LogFormat, type LogLevel, logFormats, logLevels } from '../telemetry/logger.js';

/** Options that say which components there are beside the built-ins. */
export interface PluginOptions {
  readonly plugin: readonly string[];
  readonly scanPlugins?: boolean;
}

/** Options of the commands that read a configuration. */
export interface ConfigOptions extends PluginOptions {
  readonly config: readonly string[];
  readonly set: readonly string[];
}

export interface LogOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

const none: readonly string[] = [];

const pluginOption = (): Option =>
  new Option('-p, --plugin <module>', 'load components from a package or a file (repeatable)')
    .argParser(collect)
    .default(none, 'none');

const scanPluginsOption = (): Option =>
  new Option('--scan-plugins', "load the plugins among the project's dependencies, by their keyword");

/** Adds the options that say which components there are. */
export function addPluginOptions(command: Command): Command {
  return command.addOption(pluginOption()).addOption(scanPluginsOption());
}

/** Adds the options that say which configuration. */
export function addConfigOptions(command: Command): Command {
  command
    .addOption(
      new Option(
        '-c, --config <source>',
        'a path, file:PATH, env:VAR, yaml:TEXT or http(s)://URL (repeatable; merged in order)',
      )
        .argParser(collect)
        .default(none, 'none')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('-s, --set <path=value>', 'override one value, such as groups.default.x.y=1 (repeatable)')
        .argParser(collect)
        .default(none, 'none'),
    );
  return addPluginOptions(command);
}

/** Adds the options that say how the log looks. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(new Option('--log-level <level>', 'how much to log').choices(logLevels).default('info'))
    .addOption(
      new Option('--log-format <format>', 'text for people, json for machines')
        .choices(logFormats)
        .default('text'),
    );
}

export const drainTimeoutOption = (): Option =>
  new Option('--drain-timeout <duration>', 'how long the data may take to drain')
    .argParser(durationArgument)
    .default(60_000, '60s');

/** Reads a duration such as `60s` into milliseconds. */
function durationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('write it like 500ms, 30s or 5m');
  return ms;
}
