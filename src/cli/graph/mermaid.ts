import type { Arrow, Diagram, Frame, Shape, ShapeKind } from './diagram.js';

/** What stands around the text of a shape. */
const BRACKETS: Readonly<Record<ShapeKind, readonly [string, string]>> = {
  receiver: ['([', '])'],
  processor: ['[', ']'],
  exporter: ['[[', ']]'],
  extension: ['{{', '}}'],
  one_of: ['{', '}'],
};

const ARROWS: Readonly<Record<Arrow['kind'], string>> = { data: '-->', capability: '-.->' };

/** A diagram as Mermaid text, for Markdown files and wikis. */
export function mermaidText({ frames, arrows }: Diagram): string {
  const unused = frames.flatMap(allShapes).filter((shape) => shape.unused);
  const lines = [
    'flowchart LR',
    ...frames.flatMap((frame) => frameLines(frame).map((line) => `  ${line}`)),
    ...arrows.map((arrow) => `  ${arrowLine(arrow)}`),
    ...(unused.length === 0
      ? []
      : [
          '  classDef unused stroke-dasharray: 4 4',
          `  class ${unused.map(({ key }) => key).join(',')} unused`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function frameLines({ key, title, shapes, frames }: Frame): readonly string[] {
  const inner = [...shapes.map(shapeLine), ...frames.flatMap(frameLines)];
  return [`subgraph ${key}["${escaped(title)}"]`, ...inner.map((line) => `  ${line}`), 'end'];
}

function shapeLine({ key, kind, lines }: Shape): string {
  const [open, close] = BRACKETS[kind];
  return `${key}${open}"${lines.map(escaped).join('<br/>')}"${close}`;
}

function arrowLine({ from, to, kind, label }: Arrow): string {
  return `${from} ${ARROWS[kind]}${label === undefined ? '' : `|"${escaped(label)}"|`} ${to}`;
}

const allShapes = ({ shapes, frames }: Frame): readonly Shape[] => [...shapes, ...frames.flatMap(allShapes)];

/** Only letters, digits and a few signs stay as they are; all others become entities, so none can mean anything. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\p{L}\p{N} ._:/-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}
