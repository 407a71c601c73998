// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.js';
import { loadText, pipelineText, reported } from './load-text.js';

const problems = async (text: string) => reported(await loadText(text));
const problemsOfNodes = async (nodes: string) => problems(pipelineText(nodes));

/** A pipeline `main` in a group `g`, with these fields as its only line. */
const withPipeline = (fields: string) =>
  `version: otel_dataflow/v1\ngroups: { g: { pipelines: { main: {\n  ${fields}\n } } } }`;

const problemsOfPipeline = async (fields: string) => problems(withPipeline(fields));
const pipelineOf = async (fields: string) => {
  const loaded = await loadText(withPipeline(fields));
  expect(reported(loaded)).toEqual([]);
  return loaded.spec?.pipelines[0];
};

describe('the root', () => {
  it('needs the version of the model', async () => {
    expect(await problems('groups: {}')).toEqual([
      "1:1 missing_field the field 'version' is missing in the configuration",
    ]);
    expect(await problems('version: otel_dataflow/v2')).toEqual([
      '1:10 unsupported_version this version of the model is not known; write version: otel_dataflow/v1',
    ]);
  });

  it('has nothing to run without a pipeline, which is a warning', async () => {
    expect(await problems('version: otel_dataflow/v1')).toEqual([
      '1:1 no_pipelines there is no pipeline here, so there is nothing to run',
    ]);
    expect(await problems('version: otel_dataflow/v1\ngroups: { g: { pipelines: {} } }')).toEqual([
      '2:1 no_pipelines there is no pipeline here, so there is nothing to run',
    ]);
  });

  it('has a field engine.custom that is free', async () => {
    expect(await problems(`${pipelineText()}\nengine: { custom: { anything: [1, { goes: ~ }] } }`)).toEqual(
      [],
    );
  });
});

describe('a field', () => {
  it('that is not known is refused, with the name that was meant', async () => {
    expect(
      await problems(
        [
          'version: otel_dataflow/v1',
          'topcs: {}',
          'engine: { plugin: [] }',
          'groups:',
          '  g:',
          '    polices: {}',
          '    pipelines:',
          '      p:',
          '        node: {}',
          '        nodes: { in: { type: receiver:otlp, confg: {} } }',
          '        extensions: { e: { type: extension:x, capability: {} } }',
          '        policies: { channel_capacty: {} }',
          '        connections: [{ from: in, to: in, polcies: {} }]',
        ].join('\n'),
      ),
    ).toEqual([
      "2:1 unknown_field the configuration has no field 'topcs'; did you mean 'topics'?",
      "3:11 unknown_field 'engine' has no field 'plugin'; did you mean 'plugins'?",
      "6:5 unknown_field group 'g' has no field 'polices'; did you mean 'policies'?",
      "9:9 unknown_field pipeline 'p' has no field 'node'; did you mean 'nodes'?",
      "10:45 unknown_field node 'in' has no field 'confg'; did you mean 'config'?",
      "11:47 unknown_field extension 'e' has no field 'capability'; did you mean 'capabilities'?",
      "12:21 unknown_field 'policies' has no field 'channel_capacty'; did you mean 'channel_capacity'?",
      "13:43 unknown_field this connection has no field 'polcies'; did you mean 'policies'?",
    ]);
  });

  it('that resembles nothing is refused with what there is', async () => {
    expect(await problemsOfPipeline('nodes: { in: { type: receiver:otlp } }, policies: { zzz: 1 }')).toEqual([
      "3:55 unknown_field 'policies' has no field 'zzz'; there are 'channel_capacity', 'resources', 'runtime_recovery', 'health', 'telemetry', 'transport_headers'",
    ]);
  });

  it('that is only misspelt is not missing too', async () => {
    expect(await problemsOfNodes('in: { typ: receiver:otlp }')).toEqual([
      "7:17 unknown_field node 'in' has no field 'typ'; did you mean 'type'?",
    ]);
  });

  it('that must be there is missed at the name of its map', async () => {
    expect(await problemsOfNodes('in:\n  config: {}\nout: {}\nnone:')).toEqual([
      "7:11 missing_field the field 'type' is missing in node 'in'",
      "9:11 missing_field the field 'type' is missing in node 'out'",
      "10:11 missing_field the field 'type' is missing in node 'none'",
    ]);
  });

  it('of the wrong type is refused in words', async () => {
    expect(
      await problems(
        [
          'version: [1]',
          'policies: 5',
          'engine: text',
          'groups: { g: [], h: { pipelines: 1 }, i: { pipelines: { p: true, q: {',
          '  nodes: [], extensions: x, type: 5, connections: {}, policies: [] } } } }',
        ].join('\n'),
      ),
    ).toEqual([
      "1:10 invalid_value 'version': expected a string, found a list",
      "2:11 invalid_value 'policies': expected a map, found a number",
      "3:9 invalid_value 'engine': expected a map, found a string",
      "4:14 invalid_value 'g': expected a map, found a list",
      "4:34 invalid_value 'pipelines': expected a map, found a number",
      "4:60 invalid_value 'p': expected a map, found true or false",
      "5:10 invalid_value 'nodes': expected a map, found a list",
      "5:26 invalid_value 'extensions': expected a map, found a string",
      "5:35 invalid_value 'type': expected a string, found a number",
      "5:51 invalid_value 'connections': expected a list, found a map",
      "5:65 invalid_value 'policies': expected a map, found a list",
    ]);
  });

  it('of the reference engine that means nothing here is accepted with one warning', async () => {
    const loaded = await loadText(
      [
        'version: otel_dataflow/v1',
        'topics: { t: {} }',
        'policies: { health: {}, telemetry: {}, resources: { memory_limiter: {}, rate_limiters: {} } }',
        'engine: { topics: {}, http_admin: {}, telemetry: {}, observed_state: {}, observability: {}, controller: {} }',
        'groups: { g: { topics: {}, pipelines: { p: { nodes: { in: { type: receiver:otlp, description: d,',
        '  entity: {}, header_capture: {}, header_propagation: {}, rate_limiters: [], policies: {} } } } } } }',
      ].join('\n'),
    );
    expect(loaded.diagnostics.hasErrors).toBe(false);
    expect(loaded.diagnostics.sorted().map(({ code, path }) => `${code} ${path.at(-1)}`)).toEqual([
      'no_effect topics',
      'no_effect health',
      'no_effect telemetry',
      'no_effect memory_limiter',
      'no_effect rate_limiters',
      'no_effect topics',
      'no_effect http_admin',
      'no_effect telemetry',
      'no_effect observed_state',
      'no_effect observability',
      'no_effect controller',
      'no_effect topics',
      'no_effect entity',
      'no_effect header_capture',
      'no_effect header_propagation',
      'no_effect rate_limiters',
      'no_effect policies',
    ]);
    expect(loaded.diagnostics.sorted()[0]).toMatchObject({
      severity: 'warning',
      message: "'topics' is accepted for files of the reference engine and has no effect here",
      location: { line: 2, column: 1 },
    });
  });
});

describe('the type of a component', () => {
  it.each([
    ['reciever:otlp', "did you mean 'receiver:otlp'?"],
    ['Receiver:OTLP', "did you mean 'receiver:otlp'?"],
    ['receiver/otlp', "did you mean 'receiver:otlp'?"],
    ['otlp:receiver', "did you mean 'receiver:otlp'?"],
    ['urn:otel:otlp:receiver', "did you mean 'urn:otel:receiver:otlp'?"],
    ['urn:acme:procesor:x', "did you mean 'urn:acme:processor:x'?"],
    ['acme:receiver:x', "did you mean 'urn:acme:receiver:x'?"],
    ['otlp', "write 'urn:<namespace>:<kind>:<id>', or 'receiver:<id>', 'processor:<id>', 'exporter:<id>'"],
    [
      'a:b:c:d:e',
      "write 'urn:<namespace>:<kind>:<id>', or 'receiver:<id>', 'processor:<id>', 'exporter:<id>'",
    ],
  ])('is a URN, not %s', async (type, hint) => {
    expect(await problemsOfNodes(`in: { type: "${type}" }`)).toEqual([
      `7:23 invalid_urn '${type}' is not a type; ${hint}`,
    ]);
  });

  it('decides where the component is declared', async () => {
    expect(
      await problemsOfPipeline(
        'nodes: { auth: { type: extension:bearer_token_auth } },\n  extensions: { out: { type: exporter:noop }, in: { type: receiver:otlp } }',
      ),
    ).toEqual([
      "3:26 misplaced_component 'auth' is an extension; move it to 'extensions:' of the pipeline, the group or the engine",
      "4:30 misplaced_component 'out' is an exporter; move it to 'nodes:' of the pipeline",
      "4:59 misplaced_component 'in' is a receiver; move it to 'nodes:' of the pipeline",
    ]);
  });

  it('when it is wrong, leaves the name behind, so that uses of it are not wrong too', async () => {
    const { spec } = await loadText(
      pipelineText('bad: { type: otlp }\nin: { type: receiver:otlp }\nauth: { type: extension:x }\nlist: []'),
    );
    expect([...(spec?.pipelines[0]?.broken ?? [])]).toEqual(['bad', 'auth', 'list']);
    expect([...(spec?.pipelines[0]?.nodes.keys() ?? [])]).toEqual(['in']);
  });
});

describe('a node', () => {
  it('has a config that is not looked at here, capabilities, outputs and a default output', async () => {
    const pipeline = await pipelineOf(
      'nodes: { r: { type: processor:content_router, config: [1], outputs: [logs, other], default_output: other, capabilities: { bearer_token_provider: auth } } }',
    );
    expect(pipeline?.nodes.get('r')).toEqual({
      id: 'r',
      type: {
        namespace: 'otel',
        kind: 'processor',
        id: 'content_router',
        text: 'urn:otel:processor:content_router',
        short: 'processor:content_router',
      },
      config: [1],
      outputs: ['logs', 'other'],
      defaultOutput: 'other',
      capabilities: new Map([['bearer_token_provider', 'auth']]),
      path: ['groups', 'g', 'pipelines', 'main', 'nodes', 'r'],
    });
  });

  it('declares each output once, and its default output among them', async () => {
    expect(
      await problemsOfNodes('r: { type: processor:x, outputs: [a, b, a, 1], default_output: bb }'),
    ).toEqual([
      "7:51 invalid_value the output 'a' is declared twice",
      "7:54 invalid_value 'outputs': expected a string, found a number",
      "7:74 invalid_value 'default_output' must be one of the node's outputs; did you mean 'b'?",
    ]);
  });

  it('binds capabilities to the names of extensions', async () => {
    expect(await problemsOfNodes('r: { type: exporter:x, capabilities: { a: 1, b: "", c: [x] } }')).toEqual([
      "7:53 invalid_value 'a': expected a string, found a number",
      "7:59 invalid_value 'b' must not be empty",
      "7:66 invalid_value 'c': expected a string, found a list",
    ]);
  });

  it('has a name that can stand in a connection', async () => {
    expect(
      await problemsOfNodes(
        '"a[b]": { type: exporter:x }\n" a": { type: exporter:x }\notlp/in.1: { type: exporter:x }',
      ),
    ).toEqual([
      '7:11 invalid_id the name of a node must not be empty, nor have brackets, quotes or spaces at its ends',
      '8:11 invalid_id the name of a node must not be empty, nor have brackets, quotes or spaces at its ends',
    ]);
  });
});

describe('an extension', () => {
  it('has a description, and capabilities of its own', async () => {
    const pipeline = await pipelineOf(
      'extensions: { a: { type: urn:acme:extension:x, description: d, config: { b: 1 }, capabilities: { t: other } } }',
    );
    expect(pipeline?.declared.extensions.get('a')).toMatchObject({
      description: 'd',
      config: { b: 1 },
      capabilities: new Map([['t', 'other']]),
    });
  });

  it('stands under a pipeline, a group or the engine', async () => {
    const { spec, diagnostics } = await loadConfig([
      'yaml:{ version: otel_dataflow/v1, engine: { extensions: { e: { type: "extension:x" } } }, ' +
        'groups: { g: { extensions: { f: { type: "extension:x" }, bad: {} } } } }',
    ]);
    expect([...(spec?.declared.extensions.keys() ?? [])]).toEqual(['e']);
    const [group] = spec?.groups ?? [];
    expect([...(group?.declared.extensions.keys() ?? [])]).toEqual(['f']);
    expect([...(group?.declared.broken ?? [])]).toEqual(['bad']);
    expect(diagnostics.sorted().map(({ path }) => path.join('.'))).toEqual(['groups.g.extensions.bad.type']);
  });

  it('has a time to become ready, above zero', async () => {
    const declared = (timeout: string) =>
      `version: otel_dataflow/v1\nengine: { extensions: { e: { type: extension:x, readiness_timeout: ${timeout} } } }\ngroups: {g: {}}`;
    const { spec } = await loadConfig([`yaml:${declared('1m')}`]);
    expect(spec?.declared.extensions.get('e')?.readinessTimeoutMs).toBe(60_000);
    for (const wrong of ['0s', 'soon']) {
      expect(await problems(declared(wrong))).toContain(
        "2:68 invalid_value 'readiness_timeout' must be a duration above zero, such as 30s",
      );
    }
  });
});

describe('a connection', () => {
  const path = ['groups', 'g', 'pipelines', 'main', 'connections', 0];

  it('goes from one node or several to one or several', async () => {
    const pipeline = await pipelineOf(
      'connections: [ { from: a, to: b }, { from: [a, \'r["logs"]\', "r[\'x y\']"], to: [b, c], policies: { dispatch: one_of } } ]',
    );
    expect(pipeline?.connections[0]).toEqual({
      from: [{ node: 'a', output: undefined, path: [...path, 'from'] }],
      to: [{ node: 'b', path: [...path, 'to'] }],
      dispatch: undefined,
      path,
    });
    expect(pipeline?.connections[1]?.from.map(({ node, output }) => [node, output])).toEqual([
      ['a', undefined],
      ['r', 'logs'],
      ['r', 'x y'],
    ]);
    expect(pipeline?.connections[1]?.to.map(({ node }) => node)).toEqual(['b', 'c']);
    expect(pipeline?.connections[1]?.dispatch).toBe('one_of');
  });

  it('has both ends', async () => {
    expect(await problemsOfPipeline('connections: [ { from: a }, {}, { from: [], to: "" } ]')).toEqual([
      "3:18 missing_field the field 'to' is missing in this connection",
      "3:31 missing_field the field 'from' is missing in this connection",
      "3:31 missing_field the field 'to' is missing in this connection",
      "3:43 invalid_value 'from' must not be empty",
      "3:51 invalid_value 'to' must not be empty",
    ]);
  });

  it('names nodes by strings, and outputs in the one way there is', async () => {
    expect(
      await problemsOfPipeline(
        `connections: [ x, { from: { a: b }, to: 5 }, { from: 'r[logs]', to: 'b["x"]' }, { from: [[a]], to: 'r["a"' } ]`,
      ),
    ).toEqual([
      "3:18 invalid_value 'connections': expected a map, found a string",
      "3:29 invalid_value 'from': expected the id of a node, or a list of them, found a map",
      "3:43 invalid_value 'to': expected a string, found a number",
      '3:56 invalid_value this is not the end of a connection; write NODE, or NODE["OUTPUT"] to name an output',
      "3:71 invalid_value 'to' names nodes; only 'from' can name an output",
      "3:92 invalid_value 'from': expected a string, found a list",
      '3:102 invalid_value this is not the end of a connection; write NODE, or NODE["OUTPUT"] to name an output',
    ]);
  });

  it('dispatches to one of its destinations or to all', async () => {
    expect(
      await problemsOfPipeline('connections: [ { from: a, to: b, policies: { dispatch: oneof } } ]'),
    ).toEqual([
      "3:58 invalid_value 'dispatch': expected one of 'one_of', 'broadcast'; did you mean 'one_of'?",
    ]);
  });
});

describe('a pipeline', () => {
  it('may say which data the reference engine would carry', async () => {
    expect(await problemsOfPipeline('type: otap')).toEqual([]);
    expect(await problemsOfPipeline('type: otpl')).toEqual([
      "3:9 invalid_value 'type': expected one of 'otlp', 'otap'; did you mean 'otlp'?",
    ]);
  });

  it('may have sections with nothing in them', async () => {
    expect(
      await problems(
        `${pipelineText()}\n        extensions:\n        connections:\n        policies:\nengine:`,
      ),
    ).toEqual([]);
  });

  it('takes expanded text also where it looks like a number', async () => {
    const loaded = await loadText(
      pipelineText(
        'in: { type: exporter:noop, description: ${env:D}, outputs: ["1"], default_output: ${env:D} }',
      ),
      {
        env: { D: '1' },
      },
    );
    expect(reported(loaded)).toEqual([]);
    expect(loaded.spec?.pipelines[0]?.nodes.get('in')?.defaultOutput).toBe('1');
  });
});
