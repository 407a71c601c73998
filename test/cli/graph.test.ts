import { beforeAll, describe, expect, it } from '@jest/globals';
import { instance, type Viz } from '@viz-js/viz';
import { Exporter, Extension, type RateDecision, RateLimiter } from '../../src/authoring.js';
import { builtIns } from '../../src/builtins.js';
import type { Diagram, Frame } from '../../src/cli/graph/diagram.js';
import { dotText } from '../../src/cli/graph/dot.js';
import { drawPlans } from '../../src/cli/graph/draw.js';
import { mermaidText } from '../../src/cli/graph/mermaid.js';
import { svgOfDot } from '../../src/cli/graph/svg.js';
import { planEngine } from '../../src/engine/plan.js';

/** An extension that uses another of its kind. */
@Extension({
  urn: 'urn:test:extension:chained',
  description: 'Limits by its own rate and that of another',
  traits: [RateLimiter],
  uses: [RateLimiter],
  execution: 'local',
})
class Chained implements RateLimiter {
  take(): Promise<RateDecision> {
    throw new Error('not called here');
  }
}

@Exporter({ urn: 'urn:test:exporter:limited', description: 'Asks first', uses: [RateLimiter] })
class Limited {
  async export(): Promise<void> {}
}

async function diagramOf(text: string): Promise<Diagram> {
  const plan = await planEngine({
    sources: [`yaml:${text}`],
    env: {},
    components: [builtIns, { origin: 'the test', exports: [Chained, Limited] }],
    plugins: [],
    directory: '.',
  });
  const errors = plan.diagnostics.sorted().filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message }) => message)).toEqual([]);
  return drawPlans(plan);
}

const text = `version: otel_dataflow/v1
engine:
  extensions:
    whole: { type: urn:test:extension:chained }
groups:
  edge:
    extensions:
      ours: { type: urn:test:extension:chained, capabilities: { rate_limiter: whole } }
    pipelines:
      main:
        extensions:
          spare: { type: urn:test:extension:chained }
        nodes:
          in: { type: receiver:traffic_generator, outputs: [logs, other], config: { traffic_config: { log_weight: 1 } } }
          batch: { type: processor:batch }
          a: { type: urn:test:exporter:limited, capabilities: { rate_limiter: ours } }
          b: { type: exporter:noop }
        connections:
          - { from: 'in["logs"]', to: batch }
          - { from: 'in["other"]', to: b }
          - { from: batch, to: [a, b], policies: { dispatch: one_of } }
`;

/** Every sign that means something to a notation. Group names are the freest. */
const hostile = {
  group: 'g<b>"x"&lt;;\\n#quot; %% end',
  pipeline: 'p</svg><!-- \\" --> `code`',
  node: 'in|{x}([y])-->z;\\N',
  extension: 'end\n}; digraph\u0000 {',
  output: "o'<i>]|",
};

describe('a drawing of a configuration', () => {
  it('has a frame for each scope, with its extensions and pipelines', async () => {
    const { frames } = await diagramOf(text);
    const shown = (frame: Frame): object => ({
      [frame.title]: [
        ...frame.shapes.map(({ kind, lines, unused }) =>
          [kind, ...lines, ...(unused ? ['unused'] : [])].join(' '),
        ),
        ...frame.frames.map(shown),
      ],
    });
    const type = 'urn:test:extension:chained';
    expect(frames.map(shown)).toEqual([
      { engine: [`extension whole ${type}`] },
      {
        'group edge': [
          `extension ours ${type}`,
          {
            'pipeline main': [
              'receiver in receiver:traffic_generator',
              'processor batch processor:batch',
              'exporter b exporter:noop',
              'exporter a urn:test:exporter:limited',
              'one_of one of',
              `extension spare ${type} unused`,
            ],
          },
        ],
      },
    ]);
  });

  it('has arrows for data with outputs, for competing destinations, and for capabilities across scopes', async () => {
    const { frames, arrows } = await diagramOf(text);
    const all = (frame: Frame): Frame['shapes'] => [...frame.shapes, ...frame.frames.flatMap(all)];
    const names = new Map(frames.flatMap(all).map(({ key, lines }) => [key, lines[0] as string]));
    const shown = arrows.map(
      ({ from, to, kind, label }) =>
        `${names.get(from)} ${kind}${label === undefined ? '' : `(${label})`} ${names.get(to)}`,
    );
    expect(shown.sort()).toEqual(
      [
        'a capability(rate_limiter) ours',
        'batch data one of',
        'in data(logs) batch',
        'in data(other) b',
        'one of data a',
        'one of data b',
        'ours capability(rate_limiter) whole',
      ].sort(),
    );
  });

  it('binds a name to the extension of the nearest scope', async () => {
    const nearer = text.replace('spare:', 'ours:');
    const { frames, arrows } = await diagramOf(nearer);
    const [inner] = frames[1]?.frames[0]?.shapes.filter(({ kind }) => kind === 'extension') ?? [];
    expect(arrows.filter(({ kind, to }) => kind === 'capability' && to === inner?.key)).toHaveLength(1);
  });
});

/** A drawing in which every text is hostile. */
function hostileDiagram(): Diagram {
  const shape = (key: string, kind: 'receiver' | 'extension', line: string) => ({
    key,
    kind,
    lines: [line, 'type'],
    unused: kind === 'extension',
  });
  const inner: Frame = {
    key: 'n3',
    title: hostile.pipeline,
    shapes: [shape('n1', 'receiver', hostile.node), shape('n2', 'extension', hostile.extension)],
    frames: [],
  };
  return {
    frames: [{ key: 'n4', title: hostile.group, shapes: [], frames: [inner] }],
    arrows: [{ from: 'n1', to: 'n2', kind: 'capability', label: hostile.output }],
  };
}

/** What a reader sees of a text: control characters are spaces. */
const visible = (value: string): string => value.replace(/\p{Cc}+/gu, ' ');

describe('Mermaid text', () => {
  it('has the shapes, frames and arrows of the drawing', async () => {
    expect(mermaidText(await diagramOf(text))).toBe(`flowchart LR
  subgraph n11["engine"]
    n1{{"whole<br/>urn:test:extension:chained"}}
  end
  subgraph n10["group edge"]
    n2{{"ours<br/>urn:test:extension:chained"}}
    subgraph n9["pipeline main"]
      n4(["in<br/>receiver:traffic_generator"])
      n5["batch<br/>processor:batch"]
      n6[["b<br/>exporter:noop"]]
      n7[["a<br/>urn:test:exporter:limited"]]
      n8{"one of"}
      n3{{"spare<br/>urn:test:extension:chained"}}
    end
  end
  n2 -.->|"rate_limiter"| n1
  n7 -.->|"rate_limiter"| n2
  n4 -->|"logs"| n5
  n4 -->|"other"| n6
  n5 --> n8
  n8 --> n7
  n8 --> n6
  classDef unused stroke-dasharray: 4 4
  class n3 unused
`);
  });

  it('keeps every text out of the notation', () => {
    const lines = mermaidText(hostileDiagram()).trimEnd().split('\n');
    const TEXT = '"((?:[\\p{L}\\p{N} ._:/-]|#\\d+;|<br/>)*)"';
    const forms = [
      'flowchart LR',
      `subgraph n\\d+\\[${TEXT}\\]`,
      'end',
      `n\\d+\\(\\[${TEXT}\\]\\)`,
      `n\\d+\\{\\{${TEXT}\\}\\}`,
      `n\\d+ -\\.->\\|${TEXT}\\| n\\d+`,
      'classDef unused [a-z0-9: -]+',
      'class n\\d+ unused',
    ].map((form) => new RegExp(`^ *${form}$`, 'u'));
    const texts = lines.map((line) => {
      const match = forms.map((form) => form.exec(line)).find((found) => found !== null);
      if (match == null) throw new Error(`not a line of Mermaid: ${line}`);
      return match[1]
        ?.split('<br/>')[0]
        ?.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
    });
    expect(texts.filter((each) => each !== undefined)).toEqual(
      [hostile.group, hostile.pipeline, hostile.node, hostile.extension, hostile.output].map(visible),
    );
  });
});

describe('DOT text', () => {
  let viz: Viz;
  beforeAll(async () => {
    viz = await instance();
  });

  it('is what Graphviz reads back as the drawing, hostile texts included', () => {
    const graph = viz.renderJSON(dotText(hostileDiagram())) as {
      readonly objects: readonly { readonly name: string; readonly label: string }[];
      readonly edges: readonly { readonly label: string; readonly style: string }[];
    };
    const labels = new Map(graph.objects.map(({ name, label }) => [name, label]));
    const read = (label: string | undefined): string | undefined =>
      label
        ?.replaceAll('&amp;', '&')
        .replace(/\\(.)/g, (_, sign) => (sign === 'n' ? '\u2028' : sign))
        .split('\u2028')[0];
    expect(read(labels.get('cluster_n4'))).toBe(hostile.group);
    expect(read(labels.get('cluster_n3'))).toBe(hostile.pipeline);
    expect(read(labels.get('n1'))).toBe(hostile.node);
    expect(read(labels.get('n2'))).toBe(visible(hostile.extension));
    expect(graph.edges.map(({ label, style }) => [read(label), style])).toEqual([[hostile.output, 'dotted']]);
    expect(graph.objects).toHaveLength(4);
  });
});

/** Reads the texts of an SVG document; fails when it is not well formed. */
function textsOf(svg: string): readonly string[] {
  const open: string[] = [];
  const texts: string[] = [];
  const body = svg.replace(/^<\?xml[^>]*\?>\s*<!DOCTYPE[^>]*>/, '');
  for (const [token] of body.matchAll(/<!--(?:(?!--).)*-->|<\/?[a-z][^<>]*>|[^<>]+|[<>]/gs)) {
    if (token.startsWith('<!--')) continue;
    if (token === '<' || token === '>') throw new Error('a bracket stands in a text');
    if (token.startsWith('</')) {
      if (open.pop() !== token.slice(2, -1)) throw new Error(`${token} closes what is not open`);
    } else if (token.startsWith('<')) {
      if (!token.endsWith('/>')) open.push(token.slice(1).split(/[\s>]/)[0] as string);
    } else if (open.at(-1) === 'text') texts.push(unescaped(token));
  }
  if (open.length > 0) throw new Error(`${open} is not closed`);
  return texts;
}

const unescaped = (xml: string): string =>
  xml
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('\u00a0', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

describe('an SVG document', () => {
  it('is well formed and shows every text as it is', async () => {
    const texts = textsOf(await svgOfDot(dotText(hostileDiagram())));
    const expected = [hostile.group, hostile.pipeline, hostile.node, hostile.extension, hostile.output].map(
      visible,
    );
    expect(texts).toEqual(expect.arrayContaining(expected));
  });
});
