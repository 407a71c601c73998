/** The kinds of telemetry that OTLP carries. */
export type Signal = 'traces' | 'metrics' | 'logs';

export const signals: readonly Signal[] = Object.freeze(['traces', 'metrics', 'logs']);
