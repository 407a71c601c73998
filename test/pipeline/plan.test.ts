import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.js';
import { Catalog } from '../../src/extension/catalog.js';
import { planPipeline } from '../../src/pipeline/plan.js';
import { BothSides } from '../fixtures/extensions.js';

describe('the plan of a pipeline', () => {
  it('refuses what an extension binds, as long as none can use it', async () => {
    const both = (capabilities: object) => ({ type: 'urn:test:extension:both_sides', capabilities });
    const main = { extensions: { a: both({}), b: both({ bearer_token_provider: 'a' }) }, nodes: {} };
    const { diagnostics, spec } = await loadConfig([
      { value: { version: 'otel_dataflow/v1', groups: { default: { pipelines: { main } } } } },
    ]);
    const catalog = new Catalog([{ origin: 'the test', exports: [BothSides] }]);
    for (const pipeline of spec?.pipelines ?? []) planPipeline(pipeline, catalog, diagnostics);
    expect(diagnostics.sorted()).toMatchObject([
      {
        code: 'unused_capability',
        path: [
          'groups',
          'default',
          'pipelines',
          'main',
          'extensions',
          'b',
          'capabilities',
          'bearer_token_provider',
        ],
        message:
          'urn:test:extension:both_sides does not use bearer_token_provider, so the binding would have no effect; ' +
          'it uses none',
      },
    ]);
  });
});
