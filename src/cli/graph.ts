import { formatDiagnostics } from '../config/report.js';
import { defaults } from '../distribution.js';
import { planRequest } from '../engine/options.js';
import { planEngine } from '../engine/plan.js';
import { ExitCode } from './exit-code.js';
import { dotText } from './graph/dot.js';
import { drawPlans } from './graph/draw.js';
import { mermaidText } from './graph/mermaid.js';
import { svgOfDot } from './graph/svg.js';
import type { ConfigOptions } from './options.js';

export interface GraphOptions extends ConfigOptions {
  readonly format: 'mermaid' | 'dot' | 'svg';
}

/** Draws the pipelines, extensions and bindings of a configuration; prints what is wrong with it instead. */
export async function graph(options: GraphOptions): Promise<ExitCode> {
  const { config, set, plugin: plugins, scanPlugins = false } = options;
  const plan = await planEngine(planRequest(config, { set, plugins, scanPlugins }, defaults));
  const { diagnostics, sources } = plan;
  const all = diagnostics.sorted();
  if (all.length > 0) process.stderr.write(`${formatDiagnostics(all, sources)}\n`);
  if (diagnostics.hasErrors) return ExitCode.BAD_CONFIGURATION;
  const diagram = drawPlans(plan);
  if (options.format === 'mermaid') process.stdout.write(mermaidText(diagram));
  else {
    const dot = dotText(diagram);
    process.stdout.write(options.format === 'dot' ? dot : await svgOfDot(dot));
  }
  return ExitCode.OK;
}
