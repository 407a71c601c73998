import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { formatPath } from '../../src/config/location.js';
import { planEngine } from '../../src/engine/plan.js';
import { BothSides, ProviderOnly } from '../fixtures/extensions.js';

/** Plans a pipeline `g/p` whose inside is the YAML given. */
async function plan(inside: string) {
  const indented = inside.replace(/^/gm, '        ');
  const text = `yaml:version: otel_dataflow/v1\ngroups:\n  g:\n    pipelines:\n      p:\n${indented}`;
  const { pipelines, diagnostics } = await planEngine({
    sources: [text],
    env: {},
    components: [builtIns, { origin: 'the test', exports: [BothSides, ProviderOnly] }],
    plugins: [],
    directory: '.',
  });
  const found = diagnostics.sorted().map(({ severity, code, message, path }) => ({
    what: `${severity}[${code}]`,
    path: formatPath(path.slice(4)),
    message,
  }));
  return { pipeline: pipelines[0], found };
}

const generator = '{ type: receiver:traffic_generator, config: { traffic_config: { log_weight: 1 } } }';
const noop = '{ type: exporter:noop }';
const batch = '{ type: processor:batch }';

describe('connections', () => {
  it('become edges, and nodes stand after those that they get data from', async () => {
    const { pipeline, found } = await plan(
      `nodes: { out: ${noop}, mid: ${batch}, b: ${generator}, a: ${generator} }
connections: [ { from: mid, to: out }, { from: [a, b], to: mid } ]`,
    );
    expect(found).toEqual([]);
    expect(pipeline?.edges).toEqual([
      { from: 'mid', output: undefined, to: ['out'] },
      { from: 'a', output: undefined, to: ['mid'] },
      { from: 'b', output: undefined, to: ['mid'] },
    ]);
    const order = pipeline?.nodes.map(({ id }) => id) ?? [];
    expect(order.indexOf('mid')).toBeGreaterThan(order.indexOf('a'));
    expect(order.indexOf('mid')).toBeGreaterThan(order.indexOf('b'));
    expect(order.at(-1)).toBe('out');
  });

  it('to several nodes need a rule', async () => {
    const { found } = await plan(
      `nodes: { in: ${generator}, a: ${noop}, b: ${noop} }
connections: [ { from: in, to: [a, b] } ]`,
    );
    expect(found.filter(({ what }) => what === 'error[broadcast]')).toEqual([
      {
        what: 'error[broadcast]',
        path: 'connections[0]',
        message:
          'one connection cannot send the same data to 2 nodes; add policies: { dispatch: one_of } to let them take ' +
          'turns; a copy each takes a processor of your own, with an output for each of them',
      },
    ]);
  });

  it('from one output stand once', async () => {
    const { found } = await plan(
      `nodes: { in: ${generator}, a: ${noop}, b: ${noop} }
connections: [ { from: in, to: a }, { from: in, to: b } ]`,
    );
    expect(found).toContainEqual({
      what: 'error[broadcast]',
      path: 'connections[1].from',
      message:
        "the output of 'in' is connected already; list all destinations in one connection with " +
        'policies: { dispatch: one_of } to let them take turns; a copy each takes a processor of your own, with an ' +
        'output for each of them',
    });
  });

  it('with one_of let destinations compete', async () => {
    const { pipeline, found } = await plan(
      `nodes: { in: ${generator}, a: ${noop}, b: ${noop} }
connections: [ { from: in, to: [a, b], policies: { dispatch: one_of } } ]`,
    );
    expect(found).toEqual([]);
    expect(pipeline?.edges).toEqual([{ from: 'in', output: undefined, to: ['a', 'b'] }]);
  });

  it('form no cycle', async () => {
    const { found } = await plan(
      `nodes: { in: ${generator}, a: ${batch}, b: ${batch}, out: ${noop} }
connections: [ { from: in, to: a }, { from: a, to: b }, { from: b, to: a } ]`,
    );
    expect(found).toContainEqual({
      what: 'error[cycle]',
      path: 'connections[1]',
      message: 'the connections form a cycle: a -> b -> a; data would never leave it',
    });
  });

  it('are looked through for cycles also where they are wrong otherwise', async () => {
    const { found } = await plan(
      `nodes: { in: ${generator}, a: ${batch}, b: ${batch}, out: ${noop} }
connections: [ { from: in, to: a }, { from: a, to: b }, { from: b, to: [a, out] } ]`,
    );
    expect(found.map(({ what }) => what)).toEqual(['error[cycle]', 'error[broadcast]']);
  });

  it('name nodes that are declared', async () => {
    const { found } = await plan(
      `nodes: { in: ${generator}, out: ${noop} }
connections: [ { from: in, to: [out], policies: { dispatch: one_of } }, { from: nowhere, to: otu } ]`,
    );
    expect(found).toEqual([
      {
        what: 'error[unknown_node]',
        path: 'connections[1].from',
        message: "no node has the name 'nowhere'; declared are 'in', 'out'",
      },
      {
        what: 'error[unknown_node]',
        path: 'connections[1].to',
        message: "no node has the name 'otu'; did you mean 'out'?",
      },
    ]);
  });

  it('lead from receivers and to exporters, not the other way round', async () => {
    const { found } = await plan(
      `nodes: { in: ${generator}, out: ${noop} }
connections: [ { from: in, to: out }, { from: out, to: in } ]`,
    );
    expect(found).toEqual([
      {
        what: 'error[misplaced_node]',
        path: 'connections[1].from',
        message: "'out' is an exporter: data leaves the pipeline there, so nothing can come from it",
      },
      {
        what: 'error[misplaced_node]',
        path: 'connections[1].to',
        message: "'in' is a receiver: data enters the pipeline there, so nothing can be sent to it",
      },
    ]);
  });

  it('name outputs that the node declares', async () => {
    const { found } = await plan(
      `nodes: { in: { type: receiver:traffic_generator, config: { traffic_config: { log_weight: 1 } }, outputs: [logs] }, out: ${noop} }
connections: [ { from: 'in["lgos"]', to: out } ]`,
    );
    expect(found).toContainEqual({
      what: 'error[unknown_output]',
      path: 'connections[0].from',
      message: "node 'in' has no output 'lgos'; did you mean 'logs'?",
    });
  });

  it('may leave a node out, with a warning', async () => {
    const { pipeline, found } = await plan(
      `nodes: { in: ${generator}, out: ${noop}, spare: ${noop}, lost: ${generator}, between: ${batch} }
connections: [ { from: in, to: out }, { from: lost, to: between } ]`,
    );
    expect(found.map(({ what, path, message }) => `${what} ${path}: ${message}`)).toEqual([
      "warning[unconnected_node] nodes.spare: exporter 'spare' is left out: no data reaches it; connect it under connections: or remove it",
      "warning[unconnected_node] nodes.lost: receiver 'lost' is left out: no exporter takes its data; connect it under connections: or remove it",
      "warning[unconnected_node] nodes.between: processor 'between' is left out: no exporter takes its data; connect it under connections: or remove it",
    ]);
    expect(pipeline?.nodes.map(({ id }) => id)).toEqual(['in', 'out']);
  });

  it('connect something', async () => {
    const { found } = await plan(`nodes: { in: ${generator}, out: ${noop} }`);
    expect(found.filter(({ what }) => what.startsWith('error'))).toEqual([
      {
        what: 'error[empty_pipeline]',
        path: '',
        message: "pipeline 'p' moves no data; connect a receiver to an exporter under connections:",
      },
    ]);
  });
});

describe('capabilities', () => {
  const withExporter = (capabilities: string, extensions: string): Promise<{ found: object[] }> =>
    plan(
      `extensions: ${extensions}
nodes:
  in: ${generator}
  out: { type: exporter:otlp_http, capabilities: ${capabilities}, config: { endpoint: "http://127.0.0.1:1" } }
connections: [ { from: in, to: out } ]`,
    );

  const both = '{ vault_a: { type: "urn:test:extension:both_sides" } }';

  it('are bound to extensions that provide them', async () => {
    expect((await withExporter('{ bearer_token_provider: vault_a }', both)).found).toEqual([]);
  });

  it('name extensions that are declared', async () => {
    expect((await withExporter('{ bearer_token_provider: vualt_a }', both)).found).toEqual([
      {
        what: 'error[not_found]',
        path: 'nodes.out.capabilities.bearer_token_provider',
        message:
          "exporter 'out' asks extension 'vualt_a' for bearer_token_provider: no extension has that name here; " +
          "did you mean 'vault_a'?",
      },
    ]);
  });

  it('name nodes never: extensions are a namespace apart', async () => {
    expect((await withExporter('{ bearer_token_provider: in }', '{}')).found).toEqual([
      {
        what: 'error[not_found]',
        path: 'nodes.out.capabilities.bearer_token_provider',
        message:
          "exporter 'out' asks extension 'in' for bearer_token_provider: no extension has that name here; " +
          'none is declared; declare it under extensions:',
      },
    ]);
  });

  it('exist', async () => {
    expect((await withExporter('{ bearer_token_provder: vault_a }', both)).found).toEqual([
      {
        what: 'error[unknown_capability]',
        path: 'nodes.out.capabilities.bearer_token_provder',
        message: "there is no capability 'bearer_token_provder'; did you mean 'bearer_token_provider'?",
      },
    ]);
  });

  it('are used by the node, so that a guard is never ignored', async () => {
    expect((await withExporter('{ bearer_token_authorizer: vault_a }', both)).found).toEqual([
      {
        what: 'error[unused_capability]',
        path: 'nodes.out.capabilities.bearer_token_authorizer',
        message:
          'exporter:otlp_http does not use bearer_token_authorizer, so the binding would have no effect; ' +
          'it uses bearer_token_provider, http_client_middleware, http_connection_pool',
      },
    ]);
  });

  it('are provided by the extension, and the message says by which others', async () => {
    const { found } = await plan(
      `extensions: { only: { type: "urn:test:extension:provider_only" } }
nodes:
  in: { type: receiver:otlp, capabilities: { bearer_token_authorizer: only }, config: { protocols: { grpc: {} } } }
  out: ${noop}
connections: [ { from: in, to: out } ]`,
    );
    expect(found).toEqual([
      {
        what: 'error[trait_not_implemented]',
        path: 'nodes.in.capabilities.bearer_token_authorizer',
        message:
          "receiver 'in' asks extension 'only' for bearer_token_authorizer: urn:test:extension:provider_only " +
          'provides bearer_token_provider; bearer_token_authorizer is provided by extension:bearer_token_auth, ' +
          'urn:test:extension:both_sides',
      },
    ]);
  });

  it('of an extension whose own declaration is wrong are not reported twice', async () => {
    const { found } = await withExporter(
      '{ bearer_token_provider: x }',
      '{ x: { type: extension:vault_auht } }',
    );
    expect(found).toMatchObject([{ what: 'error[unknown_type]', path: 'extensions.x.type' }]);
  });
});
