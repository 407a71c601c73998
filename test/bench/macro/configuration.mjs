export const TOKEN = 'bench-token';

/** Where the extension of the cases with `auth` is declared, and its name. */
export const AUTH_SCOPE = { group: 'bench', pipeline: 'main' };
export const AUTH = 'auth';

/** The engine's configuration for a case: OTLP in and out, both over the case's protocol. */
export function configOf(benchCase, sinkPort) {
  const { auth, batch, workers } = benchCase;
  const pipeline = {
    ...(auth
      ? { extensions: { [AUTH]: { type: 'extension:bearer_token_auth', config: { token: TOKEN } } } }
      : {}),
    nodes: {
      in: { ...receiver(benchCase), ...(auth ? { capabilities: { bearer_token_authorizer: AUTH } } : {}) },
      ...(batch ? { batch: { type: 'processor:batch', config: {} } } : {}),
      out: {
        ...exporter(benchCase, `http://127.0.0.1:${sinkPort}`),
        ...(auth ? { capabilities: { bearer_token_provider: AUTH } } : {}),
      },
    },
    connections: batch
      ? [
          { from: 'in', to: 'batch' },
          { from: 'batch', to: 'out' },
        ]
      : [{ from: 'in', to: 'out' }],
  };
  return {
    version: 'otel_dataflow/v1',
    ...(workers === undefined
      ? {}
      : { policies: { resources: { core_allocation: { type: 'core_count', count: workers } } } }),
    groups: { bench: { pipelines: { main: pipeline } } },
  };
}

function receiver({ protocol }) {
  return { type: 'receiver:otlp', config: { protocols: { [protocol]: { listening_addr: '127.0.0.1:0' } } } };
}

function exporter({ protocol, gzip }, endpoint) {
  const compression = gzip ? { compression: 'gzip' } : {};
  return protocol === 'grpc'
    ? { type: 'exporter:otlp_grpc', config: { grpc_endpoint: endpoint, ...compression } }
    : { type: 'exporter:otlp_http', config: { endpoint, ...(gzip ? { http: compression } : {}) } };
}
