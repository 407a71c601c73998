import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { formatPath } from '../../src/config/location.js';
import { planEngine } from '../../src/engine/plan.js';
import { wrongConfigs } from '../fixtures/wrong-configs.js';

describe('a configuration that is wrong', () => {
  it.each(wrongConfigs)('is refused by validate in each place of it: $what', async ({ text, mistakes }) => {
    const { diagnostics } = await planEngine({
      sources: [`yaml:${text}`],
      env: {},
      components: [builtIns],
      plugins: [],
      directory: '.',
    });
    const errors = diagnostics.sorted().filter(({ severity }) => severity === 'error');
    const places = new Set(errors.map(({ path }) => formatPath(path)));
    expect([...places].sort()).toEqual(mistakes.map(({ at }) => at).sort());
  });
});
