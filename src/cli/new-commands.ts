import { type Command, Option } from 'commander';
import { type ComponentKind, componentKinds } from '../config/urn.js';
import type { ExitCode } from './exit-code.js';

/** Adds `dataflow new receiver|processor|exporter|extension NAME`. */
export function addNewCommands(program: Command, exit: (code: ExitCode) => void): void {
  const parent = program.command('new').description('write the package of a component of your own');
  for (const kind of componentKinds) addNewCommand(parent, kind, exit);
}

function addNewCommand(parent: Command, kind: ComponentKind, exit: (code: ExitCode) => void): void {
  const command = parent
    .command(kind)
    .description(`write the package of ${kind === 'extension' || kind === 'exporter' ? 'an' : 'a'} ${kind}`)
    .argument('<name>', 'the name of the package, such as vault-auth or @acme/vault-auth')
    .option('--directory <folder>', 'where to write it (default: a folder of its name)')
    .option('--namespace <namespace>', 'the namespace of its URN (default: the scope of its name, or custom)')
    .option(
      '--dataflow <spec>',
      'the otap-dataflow to develop it with: a range of versions or a path (default: this version)',
    );
  if (kind === 'extension') {
    command.addOption(
      new Option(
        '--traits <names>',
        'the traits that it provides, joined by commas; none: it works in the background (default: bearer_token_provider)',
      ).argParser((text) => (text === 'none' ? [] : text.split(',').map((name) => name.trim()))),
    );
  }
  command.action(async (name, options) =>
    exit(await (await import('./new.js')).newComponent(kind, name, options)),
  );
}
