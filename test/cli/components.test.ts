import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { componentMarkdown } from '../../src/cli/components/markdown.js';
import { componentTable } from '../../src/cli/components/table.js';
import { type ComponentList, listComponents } from '../../src/engine/component-list.js';
import { Catalog } from '../../src/extension/catalog.js';

const config = {
  type: 'object',
  properties: {
    size: { type: 'integer', default: 3, description: 'How many.' },
    tls: {
      type: 'object',
      default: {},
      description: 'Trust',
      properties: { key: { type: 'string', title: 'secret', description: 'The key, a | b' } },
    },
  },
  required: ['size'],
};

const list: ComponentList = {
  receivers: [
    {
      urn: 'urn:acme:receiver:in',
      type: 'urn:acme:receiver:in',
      description: 'Takes what comes',
      origin: './acme.js',
      config,
      uses: ['rate_limiter', 'key_value_store'],
      requires: ['key_value_store'],
    },
  ],
  processors: [],
  exporters: [],
  extensions: [
    {
      urn: 'urn:otel:extension:login',
      type: 'extension:login',
      description: 'Tokens\nfrom a | server',
      origin: 'built-in',
      config: { type: 'object', properties: {} },
      uses: [],
      requires: [],
      traits: ['bearer_token_provider'],
      life: 'active',
      execution: 'shared',
      instancing: 'single',
      readiness: true,
    },
  ],
  traits: [
    {
      name: 'bearer_token_provider',
      id: 'BearerTokenProvider',
      description: 'Hands out tokens',
      methods: { getToken: 'async', tokenStream: 'stream' },
      providedBy: ['extension:login'],
    },
  ],
};

describe('dataflow components', () => {
  it('prints a section of columns for each kind that has components, one line each', () => {
    expect(componentTable(list)).toBe(
      [
        'RECEIVERS             USES                                      DESCRIPTION',
        'urn:acme:receiver:in  rate_limiter, key_value_store (required)  Takes what comes',
        '',
        'EXTENSIONS       PROVIDES               LIFE    EXECUTION  INSTANCES  USES  DESCRIPTION',
        'extension:login  bearer_token_provider  active  shared     single           Tokens from a | server',
        '',
        'TRAITS                 PROVIDED BY      DESCRIPTION',
        'bearer_token_provider  extension:login  Hands out tokens',
        '',
      ].join('\n'),
    );
  });

  it('prints Markdown with an overview of each kind and the fields of each configuration', () => {
    expect(componentMarkdown(list)).toBe(
      `# Components

## Receivers

| type | what it does | uses |
| --- | --- | --- |
| \`urn:acme:receiver:in\` | Takes what comes | \`rate_limiter\`, \`key_value_store\` (required) |

### \`urn:acme:receiver:in\`

Takes what comes

- URN: \`urn:acme:receiver:in\`
- uses: \`rate_limiter\`, \`key_value_store\` (required)
- brought by: ./acme.js

| field | type | default | description |
| --- | --- | --- | --- |
| \`size\` | integer | required | How many |
| \`tls\` | map | | Trust |
| \`tls.key\` | secret | | The key, a \\| b |

## Extensions

| type | what it does | provides | uses | life | execution | instances |
| --- | --- | --- | --- | --- | --- | --- |
| \`extension:login\` | Tokens from a \\| server | \`bearer_token_provider\` | | active | shared | single |

### \`extension:login\`

Tokens
from a | server

- URN: \`urn:otel:extension:login\`
- provides: \`bearer_token_provider\`
- life: active
- execution: shared
- instances: single
- brought by: built-in

There is nothing to configure.

## Traits

| trait | what it is | methods | provided by |
| --- | --- | --- | --- |
| \`bearer_token_provider\` | Hands out tokens | \`getToken()\` (async), \`tokenStream()\` (stream) | \`extension:login\` |
`,
    );
  });

  it('knows every built-in and every trait', () => {
    const builtIn = listComponents(new Catalog([builtIns]));
    const markdown = componentMarkdown(builtIn);
    const table = componentTable(builtIn);
    const { receivers, processors, exporters, extensions, traits } = builtIn;
    for (const { type } of [...receivers, ...processors, ...exporters, ...extensions]) {
      expect(markdown).toContain(`\n### \`${type}\`\n`);
      expect(table).toContain(`\n${type} `);
    }
    for (const { name } of traits) expect(markdown).toContain(`\n| \`${name}\` |`);
  });
});
