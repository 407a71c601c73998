/** One span of a scenario. Times are milliseconds from the beginning of the first span. */
export interface ScenarioSpan {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal' | 'producer';
  /** Which span of the scenario it is inside of; absent for the first one. */
  readonly parent?: number;
  readonly begin: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** What went wrong, if anything did. */
  readonly error?: { readonly type: string; readonly message: string };
}

/** What one trace looks like: its first span holds all others. */
export type Scenario = readonly ScenarioSpan[];

const http = (method: string, route: string, status: number) => ({
  'http.request.method': method,
  'http.route': route,
  'http.response.status_code': status,
});

const query = (operation: string, table: string) => ({
  'db.system.name': 'postgresql',
  'db.namespace': 'shop',
  'db.operation.name': operation,
  'db.collection.name': table,
});

const placeOrder: Scenario = [
  {
    name: 'POST /orders',
    kind: 'server',
    begin: 0,
    end: 184,
    attributes: http('POST', '/orders', 201),
  },
  {
    name: 'SELECT stock',
    kind: 'client',
    parent: 0,
    begin: 6,
    end: 21,
    attributes: query('SELECT', 'stock'),
  },
  {
    name: 'POST',
    kind: 'client',
    parent: 0,
    begin: 25,
    end: 141,
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': 'payment',
    },
  },
  {
    name: 'INSERT orders',
    kind: 'client',
    parent: 0,
    begin: 145,
    end: 163,
    attributes: query('INSERT', 'orders'),
  },
  {
    name: 'send orders',
    kind: 'producer',
    parent: 0,
    begin: 166,
    end: 171,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
      'messaging.operation.name': 'send',
    },
  },
];

const showProduct: Scenario = [
  {
    name: 'GET /products/{id}',
    kind: 'server',
    begin: 0,
    end: 24,
    attributes: http('GET', '/products/{id}', 200),
  },
  {
    name: 'GET',
    kind: 'client',
    parent: 0,
    begin: 2,
    end: 4,
    attributes: { 'db.system.name': 'redis', 'db.operation.name': 'GET' },
  },
  {
    name: 'render product',
    kind: 'internal',
    parent: 0,
    begin: 5,
    end: 19,
    attributes: { 'app.template': 'product' },
  },
];

const declinedPayment: Scenario = [
  {
    name: 'POST /payments',
    kind: 'server',
    begin: 0,
    end: 412,
    attributes: http('POST', '/payments', 502),
    error: { type: '502', message: 'the card issuer did not answer' },
  },
  {
    name: 'POST',
    kind: 'client',
    parent: 0,
    begin: 8,
    end: 408,
    attributes: { 'http.request.method': 'POST', 'server.address': 'issuer.example' },
    error: { type: 'TimeoutError', message: 'no answer within 400 ms' },
  },
];

/** The traces that are generated in turn: mostly healthy ones. */
export const scenarios: readonly Scenario[] = [
  showProduct,
  placeOrder,
  showProduct,
  showProduct,
  placeOrder,
  declinedPayment,
];
