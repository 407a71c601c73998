import type { Signal } from '../pdata/signal.js';

/** Where one signal's export service lives (OTLP 1.x, "OTLP/gRPC" and "OTLP/HTTP Request"). */
export interface OtlpService {
  readonly signal: Signal;
  /** The `:path` of the unary gRPC method. */
  readonly grpcPath: string;
  /** The default path of the HTTP endpoint. */
  readonly httpPath: string;
}

export const otlpServices: Readonly<Record<Signal, OtlpService>> = Object.freeze({
  traces: {
    signal: 'traces',
    grpcPath: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    httpPath: '/v1/traces',
  },
  metrics: {
    signal: 'metrics',
    grpcPath: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    httpPath: '/v1/metrics',
  },
  logs: {
    signal: 'logs',
    grpcPath: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    httpPath: '/v1/logs',
  },
});
