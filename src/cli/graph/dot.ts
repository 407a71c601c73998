import type { Arrow, Diagram, Frame, Shape, ShapeKind } from './diagram.js';

const SHAPES: Readonly<Record<ShapeKind, string>> = {
  receiver: 'oval',
  processor: 'box',
  exporter: 'cds',
  extension: 'hexagon',
  one_of: 'diamond',
};

/** A diagram as DOT text, for Graphviz. */
export function dotText({ frames, arrows }: Diagram): string {
  const lines = [
    'digraph dataflow {',
    '  rankdir=LR',
    '  node [fontname="sans-serif", fontsize=11]',
    '  edge [fontname="sans-serif", fontsize=10]',
    '  graph [fontname="sans-serif", fontsize=11, color=gray50]',
    ...frames.flatMap((frame) => frameLines(frame).map((line) => `  ${line}`)),
    ...arrows.map((arrow) => `  ${arrowLine(arrow)}`),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function frameLines({ key, title, shapes, frames }: Frame): readonly string[] {
  const inner = [`label=${quoted([title])}`, ...shapes.map(shapeLine), ...frames.flatMap(frameLines)];
  return [`subgraph cluster_${key} {`, ...inner.map((line) => `  ${line}`), '}'];
}

function shapeLine({ key, kind, lines, unused }: Shape): string {
  return `${key} [shape=${SHAPES[kind]}, label=${quoted(lines)}${unused ? ', style=dashed' : ''}]`;
}

function arrowLine({ from, to, kind, label }: Arrow): string {
  const attributes = [
    ...(label === undefined ? [] : [`label=${quoted([label])}`]),
    ...(kind === 'capability' ? ['style=dotted', 'arrowhead=open'] : []),
  ];
  return `${from} -> ${to}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`;
}

/** A quoted string of several lines, in which nothing is an escape, a quote or an entity. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"'),
  );
  return `"${escaped.join('\\n')}"`;
}
