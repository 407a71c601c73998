// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parseComponentConfig } from '../../src/config/component/parse-config.js';
import { Diagnostics } from '../../src/config/diagnostic.js';
import { byteSize, duration, secret, socketAddress } from '../../src/config/fields.js';
import { noSource } from '../../src/config/location.js';
import { parseUrn, type Urn } from '../../src/config/urn.js';
import { loadText, pipelineText, reported, shown } from './load-text.js';

const env = { TEXT: 'hello', DIGITS: '0123', TRUE: 'true', PORT: '4317' };

/** Checks a config, given as lines of YAML that start in line 10, column 15. */
async function check<Schema extends z.ZodType>(schema: Schema, config: string) {
  const lines = config.split('\n').map((line) => `    ${line}`);
  const text = pipelineText(`in:\n  type: receiver:otlp\n  config:\n${lines.join('\n')}`);
  const loaded = await loadText(text, { env });
  const node = loaded.spec?.pipelines[0]?.nodes.get('in');
  if (node === undefined) throw new Error('the fixture is broken');
  return { loaded, parsed: parseComponentConfig(schema, node, loaded.diagnostics) };
}

async function problems(schema: z.ZodType, config: string) {
  const { loaded, parsed } = await check(schema, config);
  expect(parsed.ok).toBe(false);
  return reported(loaded);
}

async function parsedOf<Schema extends z.ZodType>(schema: Schema, config: string) {
  const { loaded, parsed } = await check(schema, config);
  expect(reported(loaded)).toEqual([]);
  return parsed.ok ? parsed.value : undefined;
}

const Grpc = z.strictObject({ listening_addr: socketAddress(), timeout: duration().prefault('5s') });
const Config = z.strictObject({ protocols: z.strictObject({ grpc: Grpc.optional() }) });

describe('the config of a component', () => {
  it('is what the schema of the component makes of it', async () => {
    expect(await parsedOf(Config, 'protocols: { grpc: { listening_addr: "[::1]:4317" } }')).toEqual({
      protocols: { grpc: { listening_addr: { host: '::1', port: 4317 }, timeout: 5_000 } },
    });
  });

  it('that is missing counts as an empty one', async () => {
    const loaded = await loadText(
      pipelineText('in: { type: receiver:otlp }\nother: { type: receiver:otlp, config: }'),
    );
    for (const node of loaded.spec?.pipelines[0]?.nodes.values() ?? []) {
      expect(
        parseComponentConfig(z.strictObject({ a: z.number().default(1) }), node, loaded.diagnostics),
      ).toEqual({
        ok: true,
        value: { a: 1 },
        input: {},
      });
    }
  });

  it('that is missing and needs something is reported at its component', async () => {
    const loaded = await loadText(pipelineText('in: { type: receiver:otlp }'));
    const node = loaded.spec?.pipelines[0]?.nodes.get('in');
    if (node !== undefined) parseComponentConfig(Config, node, loaded.diagnostics);
    expect(reported(loaded)).toEqual(["7:11 missing_field the field 'protocols' is missing in 'config'"]);
  });

  it('that is no map is refused', async () => {
    expect(await problems(Config, '[1]')).toEqual([
      "9:13 invalid_value 'config': expected a map, found a list",
    ]);
  });

  it('composed in code is checked all the same', () => {
    const diagnostics = new Diagnostics(noSource);
    const spec = {
      id: 'in',
      type: parseUrn('receiver:otlp') as Urn,
      config: { a: 1 },
      capabilities: new Map(),
      path: ['x'],
    };
    expect(parseComponentConfig(z.strictObject({}), spec, diagnostics)).toEqual({ ok: false });
    expect(diagnostics.sorted()).toMatchObject([{ code: 'unknown_field', path: ['x', 'config', 'a'] }]);
  });
});

describe('a field of a config', () => {
  it('that is not known is reported at its name, each by itself, with what was meant', async () => {
    expect(
      await problems(Config, 'protocols:\n  grpc: { listening_adr: a, timout: 5s, x: 1 }\nother: 1'),
    ).toEqual([
      "11:25 unknown_field 'grpc' has no field 'listening_adr'; did you mean 'listening_addr'?",
      "11:43 unknown_field 'grpc' has no field 'timout'; did you mean 'timeout'?",
      "11:55 unknown_field 'grpc' has no field 'x'; there are 'listening_addr', 'timeout'",
      "12:15 unknown_field 'config' has no field 'other'; there is 'protocols'",
    ]);
  });

  it('that must be there is missed at the name of its map', async () => {
    expect(await problems(Config, 'protocols:\n  grpc:\n    timeout: 5s')).toEqual([
      "11:17 missing_field the field 'listening_addr' is missing in 'grpc'",
    ]);
  });

  it('that is wrong is reported at its value, in words', async () => {
    const schema = z.strictObject({
      a: z.string(),
      b: z.number(),
      c: z.boolean(),
      d: z.array(z.string()),
      e: z.record(z.string(), z.string()),
      f: z.enum(['gzip', 'zstd']),
      g: z.int(),
      h: z.strictObject({}),
      i: z.literal('x'),
    });
    const wrong = 'a: 1\nb: x\nc: 5\nd: { x: 1 }\ne: [1]\nf: gzp\ng: 1.5\nh: text\ni: y';
    expect(await problems(schema, wrong)).toEqual([
      "10:18 invalid_value 'a': expected a string, found a number; put it in quotes",
      "11:18 invalid_value 'b': expected a number, found a string",
      "12:18 invalid_value 'c': expected true or false, found a number",
      "13:18 invalid_value 'd': expected a list, found a map",
      "14:18 invalid_value 'e': expected a map, found a list",
      "15:18 invalid_value 'f': expected one of 'gzip', 'zstd'; did you mean 'gzip'?",
      "16:18 invalid_value 'g': expected a whole number, found a number",
      "17:18 invalid_value 'h': expected a map, found a string",
      "18:18 invalid_value 'i': expected 'x'",
    ]);
  });

  it('has limits, in words', async () => {
    const schema = z.strictObject({
      a: z.number().min(1),
      b: z.number().positive(),
      c: z.number().max(5),
      d: z.string().min(1),
      e: z.string().max(2),
      f: z.array(z.number()).min(2),
      g: z.array(z.number()).max(1),
      h: z.url(),
      i: z.string().regex(/^x$/),
      j: z.number().multipleOf(3),
      k: z.number().lt(5),
    });
    const wrong = 'a: 0\nb: 0\nc: 6\nd: ""\ne: abc\nf: [1]\ng: [1, 2]\nh: nope\ni: y\nj: 4\nk: 5';
    expect(await problems(schema, wrong)).toEqual([
      "10:18 invalid_value 'a' must be 1 or more",
      "11:18 invalid_value 'b' must be more than 0",
      "12:18 invalid_value 'c' must be 5 or less",
      "13:18 invalid_value 'd' must not be empty",
      "14:18 invalid_value 'e' must have at most 2 characters",
      "15:18 invalid_value 'f' must have at least 2 entries",
      "16:18 invalid_value 'g' must have at most 1 entry",
      "17:18 invalid_value 'h' is not a valid URL",
      "18:18 invalid_value 'i' does not have the right form",
      "19:18 invalid_value 'j' must be a multiple of 3",
      "20:18 invalid_value 'k' must be less than 5",
    ]);
  });

  it('is told in the words of its own schema when that has some', async () => {
    const schema = z.strictObject({
      a: duration(),
      b: byteSize(),
      c: socketAddress(),
      d: secret(),
      e: z.number().min(5, 'must be at least five, as the moon is blue'),
      f: z.union([z.string(), z.number()], 'is neither this nor that'),
      g: z.string().refine(() => false, 'Something else altogether'),
    });
    const wrong = 'a: soon\nb: big\nc: nowhere\nd: ""\ne: 4\nf: []\ng: x';
    expect(await problems(schema, wrong)).toEqual([
      "10:18 invalid_value 'a' is not a duration; write it like 200ms, 30s, 5m or 24h",
      "11:18 invalid_value 'b' is not a size; write it like 512, 64KiB, 4MiB or 10GB",
      "12:18 invalid_value 'c' is not an address; write it like 127.0.0.1:4317 or [::1]:4317",
      "13:18 invalid_value 'd' must not be empty",
      "14:18 invalid_value 'e' must be at least five, as the moon is blue",
      "15:18 invalid_value 'f' is neither this nor that",
      "16:18 invalid_value 'g': Something else altogether",
    ]);
  });

  it('in a list is named with its index', async () => {
    const schema = z.strictObject({ audiences: z.array(z.strictObject({ audience: z.string() })) });
    expect(await problems(schema, 'audiences: [{ audience: a }, { audience: 1, x: 2 }, {}, text]')).toEqual([
      "10:56 invalid_value 'audience': expected a string, found a number; put it in quotes",
      "10:59 unknown_field 'audiences[1]' has no field 'x'; there is 'audience'",
      "10:67 missing_field the field 'audience' is missing in 'audiences[2]'",
      "10:71 invalid_value 'audiences[3]': expected a map, found a string",
    ]);
  });

  it('that a rule across fields refuses is reported where the rule says', async () => {
    const schema = z
      .strictObject({ a: z.string().optional(), b: z.string().optional() })
      .superRefine((config, ctx) => {
        if (config.a !== undefined && config.b !== undefined) {
          ctx.addIssue({ code: 'custom', path: ['b'], message: "cannot be given together with 'a'" });
        }
        ctx.addIssue({ code: 'custom', path: ['c', 'd'], message: 'is needed' });
        ctx.addIssue({ code: 'custom', message: 'needs more' });
      });
    expect(await problems(schema, 'a: x\nb: y')).toEqual([
      "9:13 invalid_value 'd' is needed",
      "9:13 invalid_value 'config' needs more",
      "11:18 invalid_value 'b' cannot be given together with 'a'",
    ]);
  });

  it('whose name is not allowed is reported at the name', async () => {
    const schema = z.strictObject({
      headers: z.record(z.string().regex(/^[a-z-]+$/, 'is not a header'), z.string()),
    });
    expect(await problems(schema, 'headers: { X_y: hunter2 }')).toEqual([
      "10:26 invalid_value the key 'X_y' is not a header",
    ]);
  });
});

describe('a value of several forms', () => {
  it('that has none of their types is told all of them', async () => {
    const schema = z.strictObject({ scopes: z.union([z.string(), z.array(z.string())]) });
    expect(await problems(schema, 'scopes: { a: 1 }')).toEqual([
      "10:23 invalid_value 'scopes': expected a string or a list, found a map",
    ]);
  });

  it('that has the type of one is told what that one says', async () => {
    const schema = z.strictObject({ scopes: z.union([z.string(), z.array(z.string())]) });
    expect(await problems(schema, 'scopes: [a, 1]')).toEqual([
      "10:27 invalid_value 'scopes[1]': expected a string, found a number; put it in quotes",
    ]);
  });

  it('that has the type of several is told what the nearest says', async () => {
    const schema = z.strictObject({
      tls: z.union([
        z.strictObject({ insecure: z.literal(true) }),
        z.strictObject({ cert_file: z.string(), key_file: z.string() }),
      ]),
    });
    expect(await problems(schema, 'tls: { cert_file: a, key_fil: b }')).toEqual([
      "10:36 unknown_field 'tls' has no field 'key_fil'; did you mean 'key_file'?",
    ]);
  });

  it('that a field tells apart is told the values of that field', async () => {
    const schema = z.strictObject({
      d: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('first'), a: z.string() }),
        z.strictObject({ kind: z.literal('second'), b: z.string() }),
      ]),
    });
    expect(await problems(schema, 'd: { kind: frist }')).toEqual([
      "10:26 invalid_value 'kind': expected one of 'first', 'second'; did you mean 'first'?",
    ]);
    expect(await problems(schema, 'd: {}')).toEqual([
      "10:15 missing_field the field 'kind' is missing in 'd'",
    ]);
    expect(await problems(schema, 'd: { kind: second, b: 1 }')).toEqual([
      "10:37 invalid_value 'b': expected a string, found a number; put it in quotes",
    ]);
  });
});

describe('an expanded value of a config', () => {
  it('is text within quotes, and the words say what to do where it should be something else', async () => {
    const schema = z.strictObject({ a: z.boolean(), b: z.number(), c: z.int(), d: z.boolean() });
    const config = 'a: "${env:TRUE}"\nb: "${env:PORT}"\nc: "${env:PORT}"\nd: "${env:TEXT}"';
    expect(await problems(schema, config)).toEqual([
      "10:18 invalid_value 'a': expected true or false, found a string; take off the quotes",
      "11:18 invalid_value 'b': expected a number, found a string; take off the quotes",
      "12:18 invalid_value 'c': expected a number, found a string; take off the quotes",
      "13:18 invalid_value 'd': expected true or false, found a string",
    ]);
  });

  it('is text where the schema wants text, though it looks like a number', async () => {
    const schema = z.strictObject({
      token: secret(),
      headers: z.record(z.string(), z.string()),
      scopes: z.union([z.string(), z.array(z.string())]),
      level: z.enum(['0123', 'x']),
      port: z.number(),
      on: z.boolean(),
    });
    const value = await parsedOf(
      schema,
      'token: ${env:DIGITS}\nheaders: { a: ${env:TRUE} }\nscopes: ${env:DIGITS}\nlevel: ${env:DIGITS}\nport: ${env:PORT}\non: ${env:TRUE}',
    );
    expect(value).toMatchObject({
      headers: { a: 'true' },
      scopes: '0123',
      level: '0123',
      port: 4317,
      on: true,
    });
    expect(value?.token.reveal()).toBe('0123');
  });

  it('that is wrong either way is told what it is', async () => {
    const schema = z.strictObject({ port: z.number().max(10), text: z.string().max(1) });
    expect(await problems(schema, 'port: ${env:PORT}\ntext: ${env:DIGITS}')).toEqual([
      "10:21 invalid_value 'port' must be 10 or less",
      "11:21 invalid_value 'text' must have at most 1 character",
    ]);
  });

  it('that could not be expanded is not reported again, nor what follows from it', async () => {
    const schema = z
      .strictObject({ a: z.string(), list: z.array(z.string()), optional: z.string().optional() })
      .superRefine((_, ctx) => ctx.addIssue({ code: 'custom', message: 'needs everything' }));
    expect(
      await problems(schema, 'a: ${env:NONE}\nlist: ["${env:NONE}"]\noptional: ${env:NONE}\nb: 1'),
    ).toEqual([
      expect.stringMatching(/^10:18 undefined_variable/),
      expect.stringMatching(/^11:23 undefined_variable/),
      expect.stringMatching(/^12:25 undefined_variable/),
      expect.stringMatching(/^13:15 unknown_field/),
    ]);
    expect(await problems(z.strictObject({ a: z.string().optional() }), 'a: ${env:NONE}')).toHaveLength(1);
  });
});

describe('a secret of a config', () => {
  it('is masked in every line that is shown, whatever its field is called', async () => {
    const schema = z.strictObject({
      blob: secret().optional().describe('Something secret'),
      more: z.record(z.string(), z.array(secret())),
      either: z.union([z.number(), z.strictObject({ inner: secret() })]),
    });
    const config =
      '{ blob: hunter2, more: { a: [hunter3, hunter4] }, either: { inner: hunter5 }, visible: 5 }';
    const { loaded } = await check(schema, config);
    expect(shown(loaded)).toContain(
      '{ blob: [REDACTED], more: { a: [[REDACTED], [REDACTED]] }, either: { inner: [REDACTED] }, visible: 5 }',
    );
  });

  it('is not in any message', async () => {
    const schema = z.strictObject({
      a: secret(),
      b: z.enum(['x']),
      c: z.number(),
      d: z.url(),
      e: z.string().max(1),
    });
    const { loaded } = await check(schema, 'a: [hunter2]\nb: hunter2\nc: hunter2\nd: hunter2\ne: hunter2');
    expect(loaded.diagnostics.sorted()).toHaveLength(5);
    expect(reported(loaded).join()).not.toContain('hunter2');
  });
});

describe('a schema that throws', () => {
  it('is reported as a bug of its component, without the message, which may hold the value', async () => {
    const schema = z.strictObject({
      a: z.string().transform((value) => {
        throw new RangeError(value);
      }),
    });
    expect(await problems(schema, 'a: hunter2')).toEqual([
      '9:13 schema_failed the check of this configuration by receiver:otlp threw RangeError; this is a bug of that component',
    ]);
  });
});
