import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { loadText, reported } from './load-text.js';

it('the configuration in the README is a sound one', async () => {
  const readme = await readFile(new URL('../../src/config/README.md', import.meta.url), 'utf8');
  const example = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const loaded = await loadText(example, { env: { TOKEN: 'x' } });
  expect(reported(loaded)).toEqual([]);
  expect([...(loaded.spec?.pipelines[0]?.nodes.keys() ?? [])]).toEqual(['in', 'router', 'out', 'logs']);
});
