import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { namesOf } from '../../src/cli/new/names.js';
import { traitSamples } from '../../src/cli/new/traits/index.js';
import { newComponent } from '../../src/cli/new.js';
import { runCommand } from '../../src/cli/program.js';
import { traits } from '../../src/traits/index.js';

describe('the names of a new component', () => {
  it.each([
    ['extension', 'vault-auth', 'urn:custom:extension:vault_auth', 'VaultAuthExtension'],
    ['extension', '@acme/vault.auth', 'urn:acme:extension:vault.auth', 'VaultAuthExtension'],
    ['extension', 'logger', 'urn:custom:extension:logger', 'LoggerExtension'],
    ['receiver', 'my-receiver', 'urn:custom:receiver:my_receiver', 'MyReceiver'],
    ['receiver', 'receiver', 'urn:custom:receiver:receiver', 'ReceiverReceiver'],
    ['processor', 'drop2', 'urn:custom:processor:drop2', 'Drop2Processor'],
  ] as const)('of the %s %s are %s and %s', (kind, name, urn, className) => {
    expect(namesOf(kind, name)).toMatchObject({ kind, packageName: name, urn, className });
  });

  it('take a namespace', () => {
    expect(namesOf('exporter', '@acme/x', 'shop').urn).toBe('urn:shop:exporter:x');
  });

  it.each(['', 'Vault', '7up', 'a b', '../x', '@acme', '@/x', 'x-', '-x', 'vault~auth', 'a--b'])(
    'cannot be made of %p',
    (name) => {
      expect(() => namesOf('extension', name)).toThrow(
        `'${name}' cannot be the name of the package; use lower-case letters and digits, joined by '-', '_' or '.', ` +
          'a letter first, such as vault-auth or @acme/vault-auth',
      );
    },
  );

  it.each(['http', 'otap-dataflow', 'config', '@acme/index'])('cannot be taken already: %s', (name) => {
    expect(() => namesOf('extension', name)).toThrow(`the name '${name}' is taken; choose another`);
  });

  it.each(['foo.d', 'foo.d.bar', 'vault.auth'])(
    'name no file that the compiler takes for another kind: %s',
    (name) => {
      expect(namesOf('extension', name)).toMatchObject({ base: name, file: name.replaceAll('.', '-') });
    },
  );

  it.each(['node_modules', 'favicon.ico'])('cannot be what npm keeps for itself: %s', (name) => {
    expect(() => namesOf('extension', name)).toThrow(`the name '${name}' is taken`);
  });

  it('cannot be longer than npm takes', () => {
    expect(() => namesOf('extension', 'x'.repeat(215))).toThrow('at most 214 characters');
  });

  it('cannot be in the namespace of the engine, or in none', () => {
    expect(() => namesOf('extension', 'x', 'otel')).toThrow("the namespace 'otel' belongs to the components");
    expect(() => namesOf('extension', '@otel/x')).toThrow("the namespace 'otel' belongs to the components");
    expect(() => namesOf('extension', 'x', 'A:B')).toThrow("'A:B' cannot be a namespace of URNs");
  });
});

describe('dataflow new', () => {
  let folder: string;
  let output: string;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'new-')));
    output = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output += String(text);
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  const manifestOf = async (directory: string) =>
    JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));

  it('writes a package and says what to do next', async () => {
    const directory = join(folder, 'deep', 'vault-auth');
    expect(await newComponent('extension', '@acme/vault-auth', { directory })).toBe(0);
    expect((await readdir(directory, { recursive: true })).sort()).toEqual([
      '.gitignore',
      'README.md',
      'package.json',
      'pipeline.yaml',
      'src',
      'src/config.ts',
      'src/index.ts',
      'src/vault-auth.ts',
      'test',
      'test/vault-auth.test.ts',
      'tsconfig.json',
    ]);
    expect(output).toContain(
      `wrote extension @acme/vault-auth (urn:acme:extension:vault_auth) to ${directory}:`,
    );
    const registry = '  # otap-dataflow from the registry; with --dataflow PATH.tgz, a packed one';
    expect(output).toContain(`next:\n  cd ${directory}\n  npm install${registry}\n  npm test\n  npm start`);
  });

  it('says nothing of the registry when it is told what to develop with', async () => {
    await newComponent('exporter', 'x', { directory: join(folder, 'x'), dataflow: '/packs/o.tgz' });
    expect(output).toContain('\n  npm install\n  npm test\n');
  });

  it('writes no declaration file, whatever the name ends in', async () => {
    const directory = join(folder, 'foo.d');
    await newComponent('extension', 'foo.d', { directory });
    const files = await readdir(directory, { recursive: true });
    expect(files.filter((file) => file.includes('.d.'))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['src/foo-d.ts', 'test/foo-d.test.ts']));
    expect(await readFile(join(directory, 'src', 'index.ts'), 'utf8')).toContain("from './foo-d.js'");
  });

  it('makes otap-dataflow a peer, so that there is one copy, and carries the keyword of the scan', async () => {
    const { version, devDependencies } = await manifestOf(process.cwd());
    const directory = join(folder, 'x');
    await newComponent('receiver', 'x', { directory });
    expect(await manifestOf(directory)).toMatchObject({
      name: 'x',
      keywords: ['otap-dataflow-plugin'],
      peerDependencies: { 'otap-dataflow': `^${version}` },
      devDependencies: { 'otap-dataflow': `^${version}`, typescript: devDependencies.typescript },
    });
  });

  it.each([
    ['a range', '~1.2.0', '~1.2.0'],
    ['a tag', 'next', 'next'],
    ['a path', '/packs/otap-dataflow-1.0.0.tgz', 'file:'],
  ])('develops it with the otap-dataflow that is asked for: %s', async (_what, dataflow, spec) => {
    const directory = join(folder, 'x');
    await newComponent('exporter', 'x', { directory, dataflow });
    const written: string = (await manifestOf(directory)).devDependencies['otap-dataflow'];
    if (spec === 'file:') expect(join(directory, written.slice('file:'.length))).toBe(dataflow);
    else expect(written).toBe(spec);
  });

  it('writes into an empty folder, and refuses one that is not empty without touching it', async () => {
    const directory = join(folder, 'x');
    await mkdir(directory);
    await newComponent('processor', 'x', { directory });
    await writeFile(join(directory, 'src', 'config.ts'), 'mine');
    await expect(newComponent('processor', 'x', { directory })).rejects.toThrow(
      `${directory} is not empty; choose another folder with --directory, or empty it`,
    );
    expect(await readFile(join(directory, 'src', 'config.ts'), 'utf8')).toBe('mine');
  });

  it('refuses a place where no folder can be made', async () => {
    const directory = '/proc/x/y';
    await expect(newComponent('processor', 'x', { directory })).rejects.toThrow(
      /^\/proc\/x\/y cannot be written to \(E[A-Z]+\); choose another with --directory$/,
    );
  });

  it('refuses a path that is no folder', async () => {
    const directory = join(folder, 'file');
    await writeFile(directory, '');
    await expect(newComponent('processor', 'x', { directory })).rejects.toThrow('(ENOTDIR)');
  });

  it('refuses a trait that it cannot begin with, and says which it can', async () => {
    const directory = join(folder, 'x');
    await expect(newComponent('extension', 'x', { directory, traits: ['bearer_token'] })).rejects.toThrow(
      "a new extension cannot begin with the trait 'bearer_token'; choose of bearer_token_authorizer, ",
    );
    const twice = ['rate_limiter', 'rate_limiter'];
    await expect(newComponent('extension', 'x', { directory, traits: twice })).rejects.toThrow(
      'is named twice',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('binds every trait of the extension in its example', async () => {
    const directory = join(folder, 'x');
    const names = traitSamples.map(({ name }) => name);
    await newComponent('extension', 'x', { directory, traits: names });
    const { groups } = parse(await readFile(join(directory, 'pipeline.yaml'), 'utf8'));
    const { nodes } = groups.default.pipelines.main;
    expect(
      Object.keys(
        Object.assign(
          {},
          ...Object.values<{ capabilities?: object }>(nodes).map((node) => node.capabilities),
        ),
      ).sort(),
    ).toEqual(names);
  });
});

describe('the command', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    { args: ['extension', 'Vault'], says: "'Vault' cannot be the name of the package" },
    { args: ['extension', 'x', '--traits', 'a,b'], says: "cannot begin with the trait 'a'" },
    { args: ['widget', 'x'], says: "unknown command 'widget'" },
    { args: ['receiver'], says: "missing required argument 'name'" },
    { args: ['receiver', 'x', '--traits', 'a'], says: "unknown option '--traits'" },
  ])('ends with 2 and says what is wrong: new $args', async ({ args, says }) => {
    let said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
    expect(await runCommand(['new', ...args])).toBe(2);
    expect(said).toContain(says);
  });
});

describe('the traits that a new extension can begin with', () => {
  it('are all of them', () => {
    expect(traitSamples.map(({ name }) => name)).toEqual(traits.map(({ name }) => name).sort());
  });

  it('are traits of the engine, by their names and identifiers', () => {
    for (const { name, id } of traitSamples) {
      expect(traits.map((trait) => ({ name: trait.name, id: trait.id }))).toContainEqual({ name, id });
    }
  });
});
