import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.js';
import { CatalogError } from '../extension/catalog.js';
import { reasonOf } from '../extension/errors.js';
import { ExitCode } from './exit-code.js';
import { componentFormatOption, graphFormatOption } from './formats.js';
import { guardLoading } from './loading-guard.js';
import { ScaffoldError } from './new/scaffold-error.js';
import { addNewCommands } from './new-commands.js';
import { numCoresOption } from './num-cores.js';
import { addConfigOptions, addLogOptions, addPluginOptions, drainTimeoutOption } from './options.js';

/**
 * The `dataflow` command.
 *
 * @param args what stands after the command's name
 * @returns the exit code; errors have been printed
 */
export async function runCommand(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.OK;
  const exit = (code: ExitCode): void => {
    exitCode = code;
  };
  using _guard = guardLoading();
  try {
    const program = await createProgram(exit);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

async function createProgram(exit: (code: ExitCode) => void): Promise<Command> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version, description } = JSON.parse(manifest) as { version: string; description: string };
  const program = new Command('dataflow').description(description).version(version).exitOverride();

  const run = program.command('run').description('run the pipelines of a configuration until a signal');
  addLogOptions(addConfigOptions(run))
    .addOption(numCoresOption())
    .addOption(drainTimeoutOption())
    .option('--watch', 'reload when a file of the configuration changes, as SIGHUP does')
    .action(async (options) => exit(await (await import('./run.js')).run(options)));

  const validate = program
    .command('validate')
    .description('check a configuration and show all that is wrong');
  addConfigOptions(validate).action(async (options) =>
    exit(await (await import('./validate.js')).validate(options)),
  );

  const components = program
    .command('components')
    .description('list receivers, processors, exporters, extensions and traits');
  addPluginOptions(components)
    .addOption(componentFormatOption())
    .option('--json', 'the same as --format json')
    .action(async (options) => exit(await (await import('./components.js')).components(options)));

  const schema = program
    .command('schema')
    .description('print the JSON Schema of configurations, for completion and checks in editors');
  addPluginOptions(schema).action(async (options) =>
    exit(await (await import('./schema.js')).schema(options)),
  );

  const graph = program
    .command('graph')
    .description('draw the pipelines, extensions and bindings of a configuration');
  addConfigOptions(graph)
    .addOption(graphFormatOption())
    .action(async (options) => exit(await (await import('./graph.js')).graph(options)));

  addNewCommands(program, exit);
  return program;
}

function report(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed its message, or the help or version that was asked for.
    return error.exitCode === 0 ? ExitCode.OK : ExitCode.BAD_CONFIGURATION;
  }
  process.stderr.write(`${reasonOf(error)}\n`);
  const configuration =
    error instanceof ConfigError || error instanceof CatalogError || error instanceof ScaffoldError;
  return configuration ? ExitCode.BAD_CONFIGURATION : ExitCode.RUNTIME_FAILURE;
}
