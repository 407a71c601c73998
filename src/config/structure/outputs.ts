import { structureProblems } from '../messages.js';
import type { NodeSpec } from '../spec.js';
import { suggest } from '../suggest.js';
import type { MapReader } from './map-reader.js';

/** The outputs that a node declares, and the one that it uses when it names none. */
export function readOutputs(node: MapReader): Pick<NodeSpec, 'outputs' | 'defaultOutput'> {
  const outputs: string[] = [];
  for (const [index, item] of node.items('outputs').entries()) {
    const name = node.textOf(item, ['outputs', index], 'outputs');
    if (name === undefined) continue;
    if (outputs.includes(name)) {
      const shown = item.kind === 'scalar' && item.expanded ? undefined : name;
      node.problem(structureProblems.duplicateOutput(shown), 'outputs', index);
    } else outputs.push(name);
  }
  const defaultOutput = node.text('default_output');
  if (defaultOutput !== undefined && outputs.length > 0 && !outputs.includes(defaultOutput)) {
    const meant = suggest(defaultOutput, outputs);
    node.problem(structureProblems.unknownDefaultOutput(outputs, meant), 'default_output');
  }
  return { outputs, defaultOutput };
}
