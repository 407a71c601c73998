import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { planEngine } from '../../src/engine/plan.js';

/** The places and codes of everything that is wrong with a text. */
async function placesIn(text: string): Promise<readonly string[]> {
  const sources = [`yaml:${text}`];
  const request = { sources, env: {}, components: [builtIns], plugins: [], directory: '.' };
  const { diagnostics } = await planEngine(request);
  return diagnostics.sorted().map(({ code, location }) => `${location?.line}:${location?.column} ${code}`);
}

describe('a mistake is reported where it stands', () => {
  it('also when it is an item of a list with nothing in it', async () => {
    const text = `version: otel_dataflow/v1
groups:
  g:
    pipelines:
      p:
        nodes: { in: { type: receiver:otlp, config: { protocols: { grpc: {} } } }, out: { type: exporter:noop } }
        connections:
          - { from: in, to: out }
          -
`;
    expect(await placesIn(text)).toEqual(['9:12 invalid_value']);
  });

  it('and nothing follows from a variable that is not set: the gateway without its environment', async () => {
    const text = await readFile(new URL('../../config/otlp-gateway.yaml', import.meta.url), 'utf8');
    expect((await placesIn(text)).map((place) => place.split(' ')[1])).toEqual([
      'undefined_variable',
      'undefined_variable',
      'undefined_variable',
      'undefined_variable',
    ]);
  });
});
