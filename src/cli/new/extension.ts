import type { PackageNames } from './names.js';
import { type ComponentSample, type ConfigField, importLine } from './sample.js';
import type { TraitSample } from './traits/index.js';
import type { InjectedService, Modules } from './traits/trait-sample.js';

const serviceParameters: Readonly<Record<InjectedService, readonly [token: string, parameter: string]>> = {
  clock: ['Clock', 'clock'],
  log: ['Logger', 'log'],
  errors: ['TraitErrorFactory', 'errors'],
};

/** An extension that provides the traits of the samples, all by one instance. */
export function extensionSample(names: PackageNames, samples: readonly TraitSample[]): ComponentSample {
  const sentence = samples.map(({ does }) => does).join(', ');
  const description = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
  return {
    description,
    fields: distinct(
      samples.flatMap(({ fields }) => fields),
      ({ name }: ConfigField) => name,
    ),
    source: sourceOf(names, samples, description),
    test: testOf(names, samples),
    pipeline: pipelineOf(names, samples),
    dependencies: distinct(samples.flatMap(({ dependencies = [] }) => dependencies)),
  };
}

function sourceOf(
  { className, urn }: PackageNames,
  samples: readonly TraitSample[],
  description: string,
): string {
  const start = [
    ...samples.flatMap((sample) => sample.opening ?? []),
    ...samples.flatMap((sample) => sample.start ?? []),
  ].join('');
  const setUp = samples.flatMap((sample) => sample.setUp ?? []).join('');
  const services = distinct(samples.flatMap((sample) => sample.services));
  const ids = samples.map(({ id }) => id);
  const members = samples.map((sample) => sample.members).join('\n');
  const imports = [
    ...['config', 'Extension', ...ids],
    ...(services.length > 0 ? ['inject', ...services.map((service) => serviceParameters[service][0])] : []),
    ...(start === '' ? [] : ['type ExtensionContext']),
    ...samples.flatMap((sample) => sample.imports),
  ];
  const parameters = [
    ['config()', 'settings', `${className}Settings`, 'this.settings'] as const,
    ...services.map((service) => {
      const [token, name] = serviceParameters[service];
      return [`inject(${token})`, name, token, `this.${name}`] as const;
    }),
  ].map(([decorator, name, type, use]) => {
    const kept = (members + start).includes(use) ? 'private readonly ' : '';
    return `    @${decorator} ${kept}${name}: ${type},\n`;
  });
  const declared = [
    `  urn: '${urn}',\n`,
    `  description: '${description}',\n`,
    `  traits: [${ids.join(', ')}],\n`,
    "  execution: 'local',\n",
    `  config: ${className}Config,\n`,
    ...(start === '' ? [] : ['  readiness: true,\n']),
  ];
  const states = samples.flatMap((sample) => sample.state ?? []);
  const functions = distinct(samples.flatMap((sample) => sample.functions ?? []));
  return [
    ...importLines(samples.map(({ modules }) => modules)),
    importLine('otap-dataflow', imports),
    `import { ${className}Config, type ${className}Settings } from './config.js';\n\n`,
    `/** ${description} */\n`,
    `@Extension({\n${declared.join('')}})\n`,
    `export class ${className} implements ${ids.join(', ')} {\n`,
    ...(states.length > 0 ? [...states, '\n'] : []),
    `  constructor(\n${parameters.join('')}  ) {${setUp === '' ? '' : `\n${setUp}  `}}\n\n`,
    ...(start === '' ? [] : [startMethod(start)]),
    `${members}}\n`,
    ...functions.map((text) => `\n${text}`),
  ].join('');
}

const startMethod = (body: string): string =>
  '  /** Runs for as long as the extension serves: until `ctx.signal` aborts. */\n' +
  `  async start(ctx: ExtensionContext): Promise<void> {\n${body}  }\n\n`;

function testOf({ className }: PackageNames, samples: readonly TraitSample[]): string {
  const settings = Object.assign({}, ...samples.map(({ config }) => config)) as Record<
    string,
    string | number
  >;
  const given = Object.entries(settings).map(([name, value]) => `${name}: ${literal(value)}`);
  return [
    "import assert from 'node:assert/strict';\n",
    ...importLines(samples.map(({ test }) => test.modules)),
    "import { describe, it } from 'node:test';\n",
    importLine(
      'otap-dataflow',
      samples.flatMap(({ id, test }) => [id, ...test.imports]),
    ),
    "import { type ExtensionHarness, runExtension } from 'otap-dataflow/testing';\n",
    `import { ${className} } from '../src/index.js';\n\n`,
    '/** The extension, alone in an engine, ready to serve. */\n',
    'async function started(): Promise<ExtensionHarness> {\n',
    `  const harness = await runExtension(${className}, { config: ${given.length === 0 ? '{}' : `{ ${given.join(', ')} }`} });\n`,
    '  await harness.whenReady;\n  return harness;\n}\n\n',
    `describe('${className}', () => {\n`,
    ...samples.map(({ test }) => `${test.cases}\n`),
    "  it('starts and stops without an error', async () => {\n",
    '    await using harness = await started();\n',
    '    assert.deepEqual(await harness.stop(), []);\n  });\n\n',
    "  it('refuses a field that it does not have', async () => {\n",
    `    await assert.rejects(runExtension(${className}, { config: { no_such_field: 1 } }), /no_such_field/);\n`,
    '  });\n});\n',
  ].join('');
}

/** One line for each module, in the order of their names. */
function importLines(modules: readonly (Modules | undefined)[]): readonly string[] {
  const taken = new Map<string, string[]>();
  for (const [module, names] of modules.flatMap((each) => Object.entries(each ?? {}))) {
    taken.set(module, [...(taken.get(module) ?? []), ...names]);
  }
  return [...taken]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([module, names]) => importLine(module, names));
}

const literal = (value: string | number): string =>
  typeof value === 'number' ? String(value) : `'${value}'`;

function pipelineOf({ id, urn, file }: PackageNames, samples: readonly TraitSample[]): string {
  const settings = Object.assign({}, ...samples.map(({ config }) => config)) as Record<
    string,
    string | number
  >;
  const given = Object.entries(settings).map(([name, value]) =>
    typeof value === 'number' ? `${name}: ${value}` : `${name}: "\${env:${name.toUpperCase()}:-change-me}"`,
  );
  const bound = (by: TraitSample['boundBy']): string => {
    const names = samples.filter(({ boundBy }) => boundBy === by).map(({ name }) => `${name}: ${id}`);
    return names.length === 0 ? '' : `\n            capabilities: { ${names.join(', ')} }`;
  };
  const fieldsFor = (by: TraitSample['boundBy'], own: string): string =>
    [...samples.flatMap(({ boundBy, boundWith = [] }) => (boundBy === by ? boundWith : [])), own].join(', ');
  const remembered = bound('processor');
  const remembering =
    remembered === '' ? '' : `          dedup:\n            type: processor:dedup${remembered}\n`;
  const listening = 'protocols: { http: { listening_addr: 127.0.0.1:4318 } }';
  return `version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        extensions:
          # src/${file}.ts
          ${id}: { type: "${urn}", config: { ${given.join(', ')} } }
        nodes:
          in:
            type: receiver:otlp${bound('receiver')}
            config: { ${fieldsFor('receiver', listening)} }
${remembering}          out:
            type: exporter:otlp_http${bound('exporter')}
            config: { ${fieldsFor('exporter', `endpoint: "\${env:BACKEND:-http://127.0.0.1:14318}"`)} }
        connections:
${remembering === '' ? '          - { from: in, to: out }\n' : '          - { from: in, to: dedup }\n          - { from: dedup, to: out }\n'}`;
}

function distinct<T>(items: readonly T[], key: (item: T) => unknown = (item) => item): readonly T[] {
  return items.filter((item, index) => items.findIndex((other) => key(other) === key(item)) === index);
}
