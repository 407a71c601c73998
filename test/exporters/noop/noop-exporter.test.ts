import { describe, expect, it } from '@jest/globals';
import { NoopExporter } from '../../../src/exporters/noop/index.js';

describe('exporter:noop', () => {
  it('acknowledges everything', async () => {
    await expect(new NoopExporter().export()).resolves.toBeUndefined();
  });
});
