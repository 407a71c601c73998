export const TOKEN = 'bench-token';

/** Requests a second where the pace is given. */
const PACE = 1_000;

/** One way through the engine. More dimensions (compression, JSON, workers, request sizes) become fields here. */
const throughput = ['grpc', 'http'].flatMap((protocol) =>
  [false, true].flatMap((batch) =>
    [false, true].map((auth) => ({ name: caseName(protocol, batch, auth), protocol, batch, auth })),
  ),
);

/** Small requests at an even pace, with and without an extension that is replaced all the time. */
const replacing = ['grpc', 'http'].flatMap((protocol) =>
  [0, 20].map((replacementsPerSecond) => ({
    name: `${caseName(protocol, false, true)}, ${PACE} req/s, ${replacementsPerSecond} replacements/s`,
    protocol,
    batch: false,
    auth: true,
    records: 1,
    perSecond: PACE,
    replacementsPerSecond,
  })),
);

/** What the engine cannot do without: a bare forwarder in its place. */
export const floors = ['grpc', 'http'].map((protocol) => ({
  name: `${protocol} floor`,
  protocol,
  batch: true,
  auth: false,
  floor: true,
}));

export const cases = [...floors, ...throughput, ...replacing];

function caseName(protocol, batch, auth) {
  return [protocol, batch ? 'batch' : 'pass-through', ...(auth ? ['auth'] : [])].join(' ');
}

/** Where the extension of the cases with `auth` is declared, and its name. */
export const AUTH_SCOPE = { group: 'bench', pipeline: 'main' };
export const AUTH = 'auth';

/** The engine's configuration for a case: OTLP in and out, both over the case's protocol. */
export function configOf({ protocol, batch, auth }, sinkPort) {
  const endpoint = `http://127.0.0.1:${sinkPort}`;
  const exporter =
    protocol === 'grpc'
      ? { type: 'exporter:otlp_grpc', config: { grpc_endpoint: endpoint } }
      : { type: 'exporter:otlp_http', config: { endpoint } };
  const receiver = {
    type: 'receiver:otlp',
    config: { protocols: { [protocol]: { listening_addr: '127.0.0.1:0' } } },
  };
  const pipeline = {
    ...(auth
      ? { extensions: { auth: { type: 'extension:bearer_token_auth', config: { token: TOKEN } } } }
      : {}),
    nodes: {
      in: { ...receiver, ...(auth ? { capabilities: { bearer_token_authorizer: 'auth' } } : {}) },
      ...(batch ? { batch: { type: 'processor:batch', config: {} } } : {}),
      out: { ...exporter, ...(auth ? { capabilities: { bearer_token_provider: 'auth' } } : {}) },
    },
    connections: batch
      ? [
          { from: 'in', to: 'batch' },
          { from: 'batch', to: 'out' },
        ]
      : [{ from: 'in', to: 'out' }],
  };
  return { version: 'otel_dataflow/v1', groups: { bench: { pipelines: { main: pipeline } } } };
}
