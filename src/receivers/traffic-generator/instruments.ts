/** A metric that is generated. */
export interface Instrument {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /**
   * `counter`: a sum that only grows. `level`: a sum that goes up and down. `gauge`: a fraction. `histogram`: a
   * distribution of durations.
   */
  readonly kind: 'counter' | 'level' | 'gauge' | 'histogram';
  /** How far a counter grows at most between two data points, or how high a level gets. */
  readonly range: number;
  /** The attributes of its series, taken in turn. */
  readonly series: readonly Readonly<Record<string, string | number>>[];
}

const routes = [
  { 'http.request.method': 'GET', 'http.route': '/products/{id}', 'http.response.status_code': 200 },
  { 'http.request.method': 'POST', 'http.route': '/orders', 'http.response.status_code': 201 },
  { 'http.request.method': 'POST', 'http.route': '/payments', 'http.response.status_code': 502 },
  { 'http.request.method': 'GET', 'http.route': '/cart', 'http.response.status_code': 200 },
];

/** Names, units and attributes follow the OpenTelemetry semantic conventions. */
export const instruments: readonly Instrument[] = [
  {
    name: 'http.server.request.duration',
    description: 'Duration of HTTP server requests',
    unit: 's',
    kind: 'histogram',
    range: 20,
    series: routes,
  },
  {
    name: 'http.server.active_requests',
    description: 'Number of active HTTP server requests',
    unit: '{request}',
    kind: 'level',
    range: 60,
    series: [
      { 'http.request.method': 'GET', 'url.scheme': 'https' },
      { 'http.request.method': 'POST', 'url.scheme': 'https' },
    ],
  },
  {
    name: 'system.cpu.utilization',
    description: 'Share of the time that a CPU spends in a mode',
    unit: '1',
    kind: 'gauge',
    range: 1,
    series: [
      { 'cpu.logical_number': 0, 'cpu.mode': 'user' },
      { 'cpu.logical_number': 0, 'cpu.mode': 'system' },
      { 'cpu.logical_number': 1, 'cpu.mode': 'user' },
      { 'cpu.logical_number': 1, 'cpu.mode': 'system' },
    ],
  },
  {
    name: 'system.network.io',
    description: 'Bytes sent and received',
    unit: 'By',
    kind: 'counter',
    range: 65_536,
    series: [
      { 'network.interface.name': 'eth0', 'network.io.direction': 'receive' },
      { 'network.interface.name': 'eth0', 'network.io.direction': 'transmit' },
    ],
  },
  {
    name: 'process.memory.usage',
    description: 'Physical memory in use',
    unit: 'By',
    kind: 'level',
    range: 512 * 2 ** 20,
    series: [{}],
  },
];

/** The upper bounds of the histogram's buckets, in seconds. */
export const bounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
