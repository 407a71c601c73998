import { PLUGIN_KEYWORD } from '../../extension/plugin-scan.js';
import type { PackageNames } from './names.js';
import { type ComponentSample, importLine } from './sample.js';

const FIRST_VERSION = '0.1.0';

/** What a new package depends on, as `package.json` says it. */
export interface PackageVersions {
  /** The range of `otap-dataflow` that it works with. */
  readonly dataflowRange: string;
  /** What of `otap-dataflow` it is developed with: a range, or `file:` and a path. */
  readonly dataflow: string;
  readonly typescript: string;
  readonly nodeTypes: string;
  /** Of what this package depends on itself, by name. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Such as `>=24`. */
  readonly nodeRange: string;
}

/** Every file of a new package: its path, with `/`, and its text. */
export function packageFiles(
  names: PackageNames,
  sample: ComponentSample,
  versions: PackageVersions,
): ReadonlyMap<string, string> {
  const { file, className } = names;
  return new Map([
    ['package.json', packageJson(names, sample, versions)],
    ['tsconfig.json', tsconfig()],
    ['.gitignore', 'dist/\nnode_modules/\n'],
    ['README.md', readme(names, sample)],
    ['pipeline.yaml', sample.pipeline],
    ['src/index.ts', `export { ${className} } from './${file}.js';\n`],
    ['src/config.ts', configSource(names, sample)],
    [`src/${file}.ts`, sample.source],
    [`test/${file}.test.ts`, sample.test],
  ]);
}

function packageJson(
  { packageName }: PackageNames,
  { description, dependencies = [] }: ComponentSample,
  versions: PackageVersions,
): string {
  return json({
    name: packageName,
    version: FIRST_VERSION,
    description,
    keywords: [PLUGIN_KEYWORD],
    type: 'module',
    engines: { node: versions.nodeRange },
    exports: { '.': './dist/src/index.js', './package.json': './package.json' },
    files: ['dist/src', 'pipeline.yaml'],
    scripts: {
      build: 'tsc',
      test: 'tsc && node --test "dist/test/**/*.test.js"',
      prestart: 'tsc',
      // No shell stays, which Ctrl-C would kill while the data is drained.
      start: 'exec dataflow run --config pipeline.yaml --plugin .',
      prepack: 'tsc',
    },
    // In the versions whose types the engine's own fit.
    ...(dependencies.length === 0
      ? {}
      : {
          dependencies: Object.fromEntries(
            dependencies.map((name) => [name, versions.dependencies[name] ?? 'latest']),
          ),
        }),
    // One copy for the engine and all plugins: classes that another copy decorated are refused.
    peerDependencies: { 'otap-dataflow': versions.dataflowRange },
    devDependencies: {
      '@types/node': versions.nodeTypes,
      'otap-dataflow': versions.dataflow,
      typescript: versions.typescript,
    },
  });
}

function tsconfig(): string {
  return json({
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      rootDir: '.',
      outDir: 'dist',
      types: ['node'],
      sourceMap: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noImplicitOverride: true,
      noUnusedLocals: true,
      experimentalDecorators: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
    },
    include: ['src', 'test'],
  });
}

function configSource({ className }: PackageNames, { fields }: ComponentSample): string {
  const lines = fields.map(
    ({ name, schema, description }) => `  ${name}: ${schema}.describe('${description}'),\n`,
  );
  return [
    importLine('otap-dataflow', ['z', ...fields.flatMap(({ imports }) => imports)]),
    `\n/** What may stand under \`config:\`. */\nexport const ${className}Config = z.strictObject({\n`,
    ...lines,
    `});\n\nexport type ${className}Settings = z.output<typeof ${className}Config>;\n`,
  ].join('');
}

function readme({ packageName, className, file, urn, kind }: PackageNames, sample: ComponentSample): string {
  const rows = sample.fields.map(({ name, description }) => `| \`${name}\` | ${description} |\n`);
  return `# ${packageName}

${sample.description} ${kind === 'extension' ? 'An' : 'A'} ${kind} for \`otap-dataflow\`, of the type \`${urn}\`.

## Getting started

\`\`\`sh
npm install
npm test
npm start
\`\`\`

\`npm install\` takes \`otap-dataflow\` from where \`package.json\` says, which is the registry unless this package was
written with \`dataflow new --dataflow PATH.tgz\`. To develop with another packed one, change it under
\`devDependencies\` there: \`npm install PATH.tgz\` writes the path under \`peerDependencies\` too, and what is packed then
fits nobody.

\`npm start\` compiles the package and runs [\`pipeline.yaml\`](pipeline.yaml) with it (where the shell has no \`exec\`, as
on Windows, take that word out of \`package.json\`). To use it in another project
before it is published, pack it here and install the package there:

\`\`\`sh
npm pack
npm install otap-dataflow ${tarballOf(packageName)}
npx dataflow run --config pipeline.yaml --plugin ${packageName}
\`\`\`

A folder that is only linked brings an \`otap-dataflow\` of its own from its \`node_modules\`, which the engine refuses:
there has to be one copy.

Instead of \`--plugin\`, the configuration can name it (\`engine: { plugins: ["${packageName}"] }\`), or
\`--scan-plugins\` finds it by its keyword among the dependencies of the project.

## Configuration

| field | description |
| --- | --- |
${rows.join('')}
## Where things are

| file | holds |
| --- | --- |
| \`src/${file}.ts\` | the class \`${className}\` |
| \`src/config.ts\` | the schema of its \`config:\` |
| \`test/${file}.test.ts\` | its tests: it runs alone in an engine, on a clock that the test moves |
`;
}

/** What `npm pack` calls the first version. */
const tarballOf = (packageName: string): string =>
  `../${packageName.replace('@', '').replace('/', '-')}-${FIRST_VERSION}.tgz`;

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
