import { missingOptions } from '../../../dist/cli/garbage-collection.js';
import { BenchProcess } from './bench-process.mjs';
import { configOf } from './configuration.mjs';
import { loadOf } from './load.mjs';
import { rssBytes } from './proc.mjs';

const READY_MS = 20_000;

const sinkScript = new URL('./sink.mjs', import.meta.url);
/** The build of this working tree. */
export const BUILD = new URL('../../../dist/', import.meta.url);
/** For the cases in which something happens beside the load. */
const replacingEngine = new URL('./replacing-engine.mjs', import.meta.url);
const floors = {
  grpc: new URL('./floors/grpc.mjs', import.meta.url),
  http: new URL('./floors/http.mjs', import.meta.url),
};

/** What `dataflow run` begins with where no parent talks to it. */
const COLLECTION = missingOptions([], process.versions.v8, Number.POSITIVE_INFINITY);

/** What is measured: an engine, or what takes its place, with a sink of its own behind it. */
export class Subject {
  #benchCase;
  #sink;
  #process;
  #port;

  /**
   * @param build URL of the folder with the compiled engine
   * @param nodeOptions for the engine or the floor
   * @throws Error when a process does not get ready
   */
  static async start(benchCase, { build = BUILD, nodeOptions = [] } = {}) {
    const subject = new Subject();
    subject.#benchCase = benchCase;
    try {
      await subject.#start(build, nodeOptions);
    } catch (error) {
      await subject[Symbol.asyncDispose]();
      throw error;
    }
    return subject;
  }

  async #start(build, nodeOptions) {
    const { protocol, floor, sameHeap, workers = 1 } = this.#benchCase;
    this.#sink = new BenchProcess('sink', sinkScript);
    const { ports } = await this.#sink.message(READY_MS);
    if (floor) {
      const options = [...(sameHeap ? COLLECTION : []), ...nodeOptions];
      this.#process = new BenchProcess('floor', floors[protocol], [String(ports[protocol])], options);
      ({ port: this.#port } = await this.#process.message(READY_MS));
    } else {
      const options = [...COLLECTION, ...nodeOptions];
      this.#process = startEngine(this.#benchCase, ports[protocol], build, options);
      const listening = await this.#process.written(listeningPorts, READY_MS);
      if (listening.length !== workers)
        throw new Error(`${workers} workers were asked for and ${listening.length} listen`);
      this.#port = listening[0];
    }
  }

  /** The process that is measured. */
  get process() {
    return this.#process;
  }

  /** What a client has to know. */
  get load() {
    const pids = { enginePid: this.#process.pid, sinkPid: this.#sink.pid };
    return { ...loadOf(this.#benchCase), port: this.#port, ...pids };
  }

  /**
   * Ends it, and looks whether everything that it accepted has arrived.
   *
   * @param sent how many requests it accepted
   * @returns the most memory that it held
   * @throws Error when a record was lost, its process failed or logged an error
   */
  async finish(sent) {
    const { peak } = rssBytes(this.#process.pid);
    await this.#process.stop();
    const errors = this.errors;
    if (errors.length > 0) throw new Error(`the engine had errors:\n${errors.join('\n')}`);
    this.#sink.send('count');
    checkArrived(this.#benchCase, sent, await this.#sink.message(READY_MS));
    return { peakRssBytes: peak };
  }

  /** What the engine has logged as errors. */
  get errors() {
    return this.#process.stderr.split('\n').filter((line) => line.includes('"level":"error"'));
  }

  async [Symbol.asyncDispose]() {
    await this.#process?.[Symbol.asyncDispose]();
    await this.#sink?.[Symbol.asyncDispose]();
  }
}

function startEngine(benchCase, sinkPort, build, nodeOptions) {
  const config = `yaml:${JSON.stringify(configOf(benchCase, sinkPort))}`;
  const { replacementsPerSecond } = benchCase;
  const [script, args] =
    replacementsPerSecond === undefined
      ? [
          new URL('cli/main.js', build),
          ['run', '--config', config, '--log-format', 'json', '--drain-timeout', '10s'],
        ]
      : [replacingEngine, [new URL('index.js', build).href, config, String(replacementsPerSecond)]];
  return new BenchProcess('engine', script, args, nodeOptions);
}

/** The port of the receiver once for each worker, once the engine says that it runs. */
function listeningPorts(log) {
  if (!log.includes('"message":"running"')) return undefined;
  const lines = log.split('\n').filter((text) => text.includes('"message":"listening"'));
  return lines.map((line) => Number(JSON.parse(line).address.split(':').at(-1)));
}

/** A figure counts only when everything that was accepted has arrived, and in the way that the case is about. */
function checkArrived({ auth, gzip, records: each }, sent, { requests, records, withToken, compressed }) {
  const expected = sent * each;
  if (records !== expected) throw new Error(`${expected} records were accepted and ${records} arrived`);
  if (withToken !== (auth ? requests : 0))
    throw new Error(`${withToken} of ${requests} requests carried the token`);
  if (compressed !== (gzip ? requests : 0))
    throw new Error(`${compressed} of ${requests} requests were compressed`);
}
