import { formatDiagnostic } from '../config/diagnostic.js';
import { defaults } from '../distribution.js';
import { planRequest } from '../engine/engine.js';
import { planEngine } from '../engine/plan.js';
import { ExitCode } from './exit-code.js';
import type { ConfigOptions } from './options.js';

/** Checks a configuration without running it, and prints everything that is wrong with it. */
export async function validate(options: ConfigOptions): Promise<ExitCode> {
  const request = planRequest(options.config, { set: options.set, plugins: options.plugin }, defaults);
  const { diagnostics, sources, pipelines } = await planEngine(request);
  const all = diagnostics.sorted();
  for (const diagnostic of all) process.stderr.write(`${formatDiagnostic(diagnostic, sources)}\n`);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) {
    process.stderr.write(`${errors} ${errors === 1 ? 'error' : 'errors'} in the configuration\n`);
    return ExitCode.BAD_CONFIGURATION;
  }
  const nodes = pipelines.reduce((sum, pipeline) => sum + pipeline.nodes.length, 0);
  const extensions = pipelines.reduce((sum, pipeline) => sum + pipeline.extensions.length, 0);
  process.stdout.write(
    `valid: ${pipelines.length} pipelines, ${nodes} nodes, ${extensions} extensions, ${all.length} warnings\n`,
  );
  return ExitCode.OK;
}
