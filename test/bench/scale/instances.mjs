// Builds pipelines of many named extensions; answers with one line of JSON. node --expose-gc instances.mjs COUNT...
import {
  BearerToken,
  BearerTokenProvider,
  config,
  EffectHandler,
  Engine,
  Exporter,
  Extension,
  inject,
  Logger,
  Receiver,
  z,
} from '../../../dist/index.js';

const ROUNDS = 5;

/** Decorated by hand, for this file runs as it is. */
function decorated(decorate, componentClass, parameters) {
  for (const [index, parameter] of parameters.entries()) parameter(componentClass, undefined, index);
  decorate(componentClass);
  return componentClass;
}

const Ticket = decorated(
  Extension({
    urn: 'urn:bench:extension:ticket',
    description: 'Gives tokens.',
    traits: [BearerTokenProvider],
    execution: 'shared',
    readiness: true,
    config: z.strictObject({ number: z.number() }),
  }),
  class Ticket {
    constructor(settings, log) {
      this.settings = settings;
      this.log = log;
    }

    async start(ctx) {
      ctx.ready();
      await ctx.stopping();
    }

    async getToken() {
      return new BearerToken(`ticket-${this.settings.number}`);
    }

    async *tokenStream() {
      yield await this.getToken();
    }
  },
  [config(), inject(Logger)],
);

const Idle = decorated(
  Receiver({ urn: 'urn:bench:receiver:idle', description: 'Sends nothing.', config: z.strictObject({}) }),
  class Idle {
    async start(ctx) {
      ctx.ready();
      await ctx.stopping();
    }
  },
  [],
);

/** Asks for every extension, so that all are created. */
const Collector = decorated(
  Exporter({
    urn: 'urn:bench:exporter:collector',
    description: 'Asks for many extensions by name.',
    config: z.strictObject({ count: z.number() }),
  }),
  class Collector {
    constructor({ count }, effect) {
      this.tickets = names(count).map((name) => effect.getExtension(BearerTokenProvider, name));
    }

    async export() {}
  },
  [config(), inject(EffectHandler)],
);

const names = (count) => Array.from({ length: count }, (_, number) => `ticket_${number}`);

function pipelineOf(count) {
  const extensions = Object.fromEntries(
    names(count).map((name, number) => [name, { type: 'urn:bench:extension:ticket', config: { number } }]),
  );
  const nodes = {
    in: { type: 'urn:bench:receiver:idle' },
    out: { type: 'urn:bench:exporter:collector', config: { count } },
  };
  const main = { extensions, nodes, connections: [{ from: 'in', to: 'out' }] };
  return { version: 'otel_dataflow/v1', groups: { bench: { pipelines: { main } } } };
}

const silent = { child: () => silent, debug() {}, info() {}, warn() {}, error() {} };

async function heapBytes() {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

/** Milliseconds on the clock and of CPU. */
async function timed(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { result, ms, cpuMs: (user + system) / 1_000 };
}

/** One life of a pipeline with that many extensions: reading, checking and building, then start and stop. */
async function live(count) {
  const source = pipelineOf(count);
  const before = await heapBytes();
  const built = await timed(() =>
    Engine.fromConfig(source, { components: [Ticket, Idle, Collector], logger: silent }),
  );
  const engine = built.result;
  const started = await timed(() => engine.start());
  const bytes = (await heapBytes()) - before;
  if (engine.extensions.filter(({ state }) => state === 'serving').length !== count) {
    throw new Error('not every extension serves');
  }
  const stopped = await timed(() => engine.stop());
  return { built, started, stopped, bytes };
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

async function figures(count) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await live(count));
  const best = (step, unit) => Math.min(...rounds.map((round) => round[step][unit]));
  return {
    count,
    buildCpuMs: best('built', 'cpuMs'),
    buildMs: best('built', 'ms'),
    startMs: best('started', 'ms'),
    stopMs: best('stopped', 'ms'),
    bytesPerInstance: median(rounds.map(({ bytes }) => bytes)) / count,
  };
}

const counts = process.argv.slice(2).map(Number);
// The first builds are of code that is not compiled yet.
await live(counts.at(-1));
const results = [];
for (const count of counts) results.push(await figures(count));
process.stdout.write(`${JSON.stringify(results)}\n`);
