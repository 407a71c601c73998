import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig } from '../../src/config/load.js';
import { formatDiagnostics } from '../../src/config/report.js';

const VALID = `version: otel_dataflow/v1
policies: { channel_capacity: { pdata: 64 }, resources: { core_allocation: { type: core_set, set: [{ start: 0, end: 3 }] } } }
engine:
  plugins: [acme]
  custom: { free: [1, two, ~] }
groups:
  default:
    pipelines:
      main:
        type: otlp
        extensions:
          auth: &auth
            type: urn:acme:extension:vault_auth
            config: { token: "\${env:TOKEN:-x}", retries: \${env:N:-3} }
        nodes:
          in: { type: receiver:otlp, config: { protocols: { grpc: { listening_addr: 127.0.0.1:4317 } } } }
          out:
            type: exporter:otlp_http
            description: |
              Two lines
              of text
            capabilities: { bearer_token_provider: auth }
            config: { endpoint: "https://user:pass@backend/v1", headers: { x-a: 'b' } }
        connections:
          - { from: in, to: [out], policies: { dispatch: one_of } }
`;

/** Characters that mean something to YAML or to expansions. */
const TROUBLE = [
  ...':{}[],&*#?|>\'"%@`$-!\n\t \0\u00e9\ufdd0\u{1f600}',
  '${',
  '$${',
  '}',
  ': ',
  '- ',
  '---\n',
  '<<',
  '!!int ',
  '*auth',
  '__proto__',
];

const edit = fc.record({
  at: fc.nat(VALID.length),
  remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(80)),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...TROUBLE), fc.string({ maxLength: 4 })),
});

function apply(text: string, edits: readonly { at: number; remove: number; insert: string }[]): string {
  let changed = text;
  for (const { at, remove, insert } of edits) {
    changed = changed.slice(0, at) + insert + changed.slice(at + remove);
  }
  return changed;
}

describe('a configuration with random damage', () => {
  it('is loaded or reported, and never throws', async () => {
    const undamaged = await loadConfig([`yaml:${VALID}`], { env: {} });
    expect(undamaged.diagnostics.sorted()).toEqual([]);

    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        const text = apply(VALID, edits);
        const { spec, diagnostics, sources } = await loadConfig([`yaml:${text}`], { env: {} });
        const all = diagnostics.sorted();
        if (spec === undefined) expect(diagnostics.hasErrors).toBe(true);
        const lines = text.split('\n');
        for (const { location, message } of all) {
          expect(message).not.toBe('');
          expect(location?.line).toBeGreaterThan(0);
          expect(location?.line).toBeLessThanOrEqual(lines.length);
          expect(location?.column).toBeGreaterThan(0);
          expect(location?.column).toBeLessThanOrEqual((lines[(location?.line ?? 1) - 1]?.length ?? 0) + 1);
        }
        expect(formatDiagnostics(all, sources)).not.toContain('user:pass@');
      }),
      { numRuns: 400 },
    );
  });

  it('of --set is applied or reported, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...TROUBLE, 'groups', 'default', '.', '=', '[0]'), fc.string()), {
          maxLength: 6,
        }),
        async (parts) => {
          const { diagnostics, sources } = await loadConfig([`yaml:${VALID}`], {
            env: {},
            set: [parts.join('')],
          });
          formatDiagnostics(diagnostics.sorted(), sources);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of a value from code is loaded or reported, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.object({ withNullPrototype: true, withDate: true, withMap: true }),
        async (value) => {
          const { diagnostics, sources } = await loadConfig([{ value }], { env: {} });
          formatDiagnostics(diagnostics.sorted(), sources);
        },
      ),
      { numRuns: 100 },
    );
  });
});
