// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { describe, expect, it } from '@jest/globals';
import { isSecretName } from '../../src/config/text/secret-name.js';
import { loadText, pipelineText, shown } from './load-text.js';

/** What is shown of a node whose config is one line in braces and whose type is wrong, on the same line. */
async function lineOf(config: string): Promise<string> {
  const loaded = await loadText(pipelineText(`in: { config: { ${config} }, type: otlp }`), { env: {} });
  return shown(loaded).split('\n')[1]?.trim() ?? '';
}

describe('a line under a message', () => {
  it('shows the text of the file with a caret at the place', async () => {
    expect(shown(await loadText(pipelineText('in:\n  type: otlp')))).toBe(
      [
        "<yaml>:8:19: error[invalid_urn] 'otlp' is not a type; write 'urn:<namespace>:<kind>:<id>', or 'receiver:<id>', 'processor:<id>', 'exporter:<id>'",
        '  8 |             type: otlp',
        '    |                   ^',
        '1 error in the configuration',
      ].join('\n'),
    );
  });

  it('keeps tabs before the caret, so that it stands right', async () => {
    const loaded = await loadText('{\n\t"version": 1 }');
    expect(shown(loaded).split('\n').slice(1, 3)).toEqual(['  2 | \t"version": 1 }', '    | \t           ^']);
  });

  it('masks the values of secret fields and moves the caret along', async () => {
    const loaded = await loadText(
      pipelineText('in: { config: { password: "hunter2 and more" }, type: otlp }'),
    );
    expect(shown(loaded).split('\n').slice(1, 3)).toEqual([
      '  7 |           in: { config: { password: [REDACTED] }, type: otlp }',
      '    |                                                         ^',
    ]);
  });

  it('puts the caret at the mask when the place is masked', async () => {
    const loaded = await loadText(
      pipelineText('in: { type: receiver:otlp, config: { token: "a ${env:X} b" } }'),
    );
    expect(shown(loaded).split('\n').slice(1, 3)).toEqual([
      '  7 |           in: { type: receiver:otlp, config: { token: [REDACTED] } }',
      '    |                                                       ^',
    ]);
  });

  it('masks everything below headers', async () => {
    expect(await lineOf('headers: { x-tenant: "acme", list: [{ name: a, value: b }] }')).toContain(
      'headers: { x-tenant: [REDACTED], list: [{ name: [REDACTED], value: [REDACTED] }] }',
    );
  });

  it('masks lists and other types of secrets', async () => {
    expect(await lineOf('tokens: [aa, bb], secret: 1234')).toContain(
      'tokens: [[REDACTED], [REDACTED]], secret: [REDACTED]',
    );
  });

  it('masks a secret through an alias, on both sides', async () => {
    expect(await lineOf('plain: &s hunter2, password: *s')).toContain(
      'plain: [REDACTED] [REDACTED], password: [REDACTED]',
    );
  });

  it('shows where a secret comes from, but not its default', async () => {
    const config = 'token: "${env:A:-hunter2}", other: "${env:MY_PASSWORD:-hunter2}"';
    expect(await lineOf(config)).toContain(
      'token: "${env:A:-[REDACTED]}", other: "${env:MY_PASSWORD:-[REDACTED]}"',
    );
  });

  it('masks credentials in URLs and after Bearer also where values are shown', async () => {
    const loaded = await loadText(
      pipelineText(
        'in: { description: "https://me:hunter2@h/x https://hunter3@h https://u:p/hunter4@h http://h?k=hunter5 Bearer hunter6", type: otlp }',
      ),
    );
    for (const diagnostic of loaded.diagnostics.sorted()) {
      const line = loaded.sources.excerpt({ file: '<yaml>', line: 7, column: 30 })?.text;
      expect(diagnostic.code).toBe('invalid_urn');
      expect(line).toContain('https://[REDACTED]@h');
      expect(line).not.toMatch(/hunter/);
    }
  });

  it('shows of a config its structure, and values that can be no secrets', async () => {
    const config = 'a: b, "c": [d, 12345, 123456], e: true, f: null, g: !h i, j k: l, m: { n }, o:p';
    expect(await lineOf(config)).toContain(
      'a: [REDACTED], "c": [[REDACTED], 12345, [REDACTED]], e: true, f: null, g: [REDACTED] [REDACTED], ',
    );
  });

  it('keeps the name of a secret field without a value', async () => {
    expect(await lineOf('token: , a: 1')).toContain('{ token: , a: 1 }');
  });

  it('masks comments everywhere', async () => {
    const loaded = await loadText(pipelineText('in: { type: otlp } # hunter2'));
    expect(shown(loaded)).toContain('in: { type: otlp } # [REDACTED]');
  });

  it('hides what stands where nothing should', async () => {
    const loaded = await loadText(`confg: { a: hunter2 }\n${pipelineText('in: { cofig: hunter3 }')}`);
    expect(shown(loaded)).toContain('confg: { a: [REDACTED] }');
    expect(shown(loaded)).toContain('in: { cofig: [REDACTED] }');
  });

  it.each([
    ['the engine', (line: string) => `engine: { extensions: { ${line} } }\n${pipelineText()}`],
    [
      'a group',
      (line: string) => pipelineText().replace('    pipelines', `    extensions: { ${line} }\n    pipelines`),
    ],
    ['a pipeline', (line: string) => `${pipelineText()}\n        extensions: { ${line} }`],
  ])(
    'shows the type and the bindings of an extension of %s, but not its configuration',
    async (_, around) => {
      const line =
        'guard: { type: extnsion:x, capabilities: { some_trait: other }, config: { plain: hunter2 } }';
      expect(shown(await loadText(around(line)))).toContain(line.replace('hunter2', '[REDACTED]'));
    },
  );

  it('masks the value of a --set that is not YAML, whatever it sets', async () => {
    const loaded = await loadText(pipelineText(), { set: ['groups.default.x="hunter2'] });
    expect(shown(loaded)).toContain('groups.default.x=[REDACTED]');
  });

  it('masks every line of a block', async () => {
    const loaded = await loadText(
      pipelineText(
        'in:\n  type: receiver:otlp\n  config:\n    private_key: |\n      first ${env:NONE}\n      second',
      ),
    );
    expect(shown(loaded)).toContain('undefined_variable');
    expect(shown(loaded)).not.toMatch(/first|second/);
  });

  it('does not take the names that users give for fields', async () => {
    const loaded = await loadText(pipelineText('token: { type: otlp }'));
    expect(shown(loaded)).toContain('token: { type: otlp }');
  });

  it('masks the secrets of a text that is not YAML', async () => {
    const loaded = await loadText(
      [
        'a: { password: hunter2, b: @x }',
        'client_secret: |',
        '  hunter3',
        ' hunter4: [',
        'headers:',
        '  x-a: hunter5 "',
        '  - hunter6 }',
        'tokens:',
        '- hunter7 ]',
        'plain: "a" b',
      ].join('\n'),
    );
    expect(loaded.diagnostics.sorted().length).toBeGreaterThan(3);
    expect(shown(loaded)).not.toMatch(/hunter/);
    expect(shown(loaded)).toContain('plain: [REDACTED]');
  });

  it('masks the values of --set', async () => {
    const base = 'groups.default.pipelines.main.nodes.in';
    const loaded = await loadText(pipelineText(), {
      set: [`${base}.config.api_key=hunter2 \${`, `${base}.config.token="hunter3`, `${base}.config[=hunter4`],
    });
    expect(loaded.diagnostics.sorted()).toHaveLength(3);
    expect(shown(loaded)).not.toMatch(/hunter/);
  });

  it('shows no control characters, which could play tricks on a terminal', async () => {
    const loaded = await loadText(pipelineText('in: { type: "otlp\u001b[31m\u202e" }'));
    expect(shown(loaded)).toContain('otlp\ufffd[31m\ufffd');
    for (const trick of ['\u001b', '\u202e']) expect(shown(loaded)).not.toContain(trick);
  });

  it('is cut around the caret when it is long', async () => {
    const padding = 'x'.repeat(5_000);
    const loaded = await loadText(
      pipelineText(`in: { description: ${padding}, type: otlp, outputs: [${padding}] }`),
    );
    const [, line, caret] = shown(loaded).split('\n') as [string, string, string];
    expect(line.length).toBeLessThan(140);
    expect(line.startsWith('  7 | …')).toBe(true);
    expect(line.endsWith('…')).toBe(true);
    expect(line.slice(caret.indexOf('^'))).toMatch(/^otlp, outputs/);
  });
});

describe('the name of a field', () => {
  it.each([
    'token',
    'client_secret',
    'apiKey',
    'x-api-key',
    'Authorization',
    'credentials',
    'passwords',
    'headers',
  ])('is secret when it is %s', (name) => expect(isSecretName(name)).toBe(true));

  it.each([
    'azureConnectionString',
    'secret_value',
    'DB_PASSWORD',
    'client_certificate_key',
    'private_key_pem',
  ])('is secret when it is %s', (name) => expect(isSecretName(name)).toBe(true));

  it.each([
    'token_url',
    'key_file',
    'client_certificate_key_id',
    'default_token_lifetime',
    'endpoint',
    'monkey',
    '',
  ])('is not secret when it is %p', (name) => expect(isSecretName(name)).toBe(false));
});
