import { formatDiagnostics } from '../config/report.js';
import { defaults } from '../distribution.js';
import { planRequest } from '../engine/options.js';
import { planEngine } from '../engine/plan.js';
import { ExitCode } from './exit-code.js';
import type { ConfigOptions } from './options.js';

/** Checks a configuration without running it, and prints everything that is wrong with it. */
export async function validate(options: ConfigOptions): Promise<ExitCode> {
  const { config, set, plugin: plugins, scanPlugins = false } = options;
  const request = planRequest(config, { set, plugins, scanPlugins }, defaults);
  const { diagnostics, sources, extensions: shared, groups, pipelines } = await planEngine(request);
  const all = diagnostics.sorted();
  if (all.length > 0) process.stderr.write(`${formatDiagnostics(all, sources)}\n`);
  if (diagnostics.hasErrors) return ExitCode.BAD_CONFIGURATION;
  const nodes = pipelines.reduce((sum, pipeline) => sum + pipeline.nodes.length, 0);
  const extensions = [{ extensions: shared }, ...groups, ...pipelines].reduce(
    (sum, scope) => sum + scope.extensions.length,
    0,
  );
  const counted = [count(pipelines.length, 'pipeline'), count(nodes, 'node'), count(extensions, 'extension')];
  process.stdout.write(`valid: ${counted.join(', ')}\n`);
  return ExitCode.OK;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
