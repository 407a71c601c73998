import { RECORDS } from '../log-request.mjs';
import { BenchProcess } from './bench-process.mjs';
import { configOf, TOKEN } from './cases.mjs';
import { peakRssBytes } from './proc.mjs';

const READY_MS = 20_000;

const sinkScript = new URL('./sink.mjs', import.meta.url);
const command = new URL('../../../dist/cli/main.js', import.meta.url);
/** For the cases in which something happens beside the load. */
const replacingEngine = new URL('./replacing-engine.mjs', import.meta.url);
const floors = {
  grpc: new URL('./floors/grpc.mjs', import.meta.url),
  http: new URL('./floors/http.mjs', import.meta.url),
};

/** What is measured: an engine, or what takes its place, with a sink of its own behind it. */
export class Subject {
  #benchCase;
  #sink;
  #process;

  /** The port on which it takes requests. */
  port;

  /**
   * @param nodeOptions for the engine or the floor
   * @throws Error when a process does not get ready
   */
  static async start(benchCase, nodeOptions = []) {
    const subject = new Subject();
    subject.#benchCase = benchCase;
    try {
      await subject.#start(nodeOptions);
    } catch (error) {
      await subject[Symbol.asyncDispose]();
      throw error;
    }
    return subject;
  }

  async #start(nodeOptions) {
    const { protocol, floor } = this.#benchCase;
    this.#sink = new BenchProcess('sink', sinkScript);
    const { ports } = await this.#sink.message(READY_MS);
    if (floor) {
      this.#process = new BenchProcess('floor', floors[protocol], [String(ports[protocol])], nodeOptions);
      ({ port: this.port } = await this.#process.message(READY_MS));
    } else {
      this.#process = startEngine(this.#benchCase, ports[protocol], nodeOptions);
      this.port = await this.#process.written(listeningPort, READY_MS);
    }
  }

  get pid() {
    return this.#process.pid;
  }

  get sinkPid() {
    return this.#sink.pid;
  }

  /** What a client has to know. */
  get target() {
    const { protocol, auth } = this.#benchCase;
    return { protocol, port: this.port, token: auth ? TOKEN : undefined, enginePid: this.pid };
  }

  /**
   * Ends it, and looks whether everything that it accepted has arrived.
   *
   * @param sent how many requests it accepted
   * @returns the most memory that it held
   * @throws Error when a record was lost, or its process failed
   */
  async finish(sent) {
    const peakRss = peakRssBytes(this.pid);
    await this.#process.stop();
    this.#sink.send('count');
    checkArrived(this.#benchCase, sent, await this.#sink.message(READY_MS));
    return { peakRssBytes: peakRss };
  }

  async [Symbol.asyncDispose]() {
    await this.#process?.[Symbol.asyncDispose]();
    await this.#sink?.[Symbol.asyncDispose]();
  }
}

function startEngine(benchCase, sinkPort, nodeOptions) {
  const config = `yaml:${JSON.stringify(configOf(benchCase, sinkPort))}`;
  const { replacementsPerSecond } = benchCase;
  const [script, args] =
    replacementsPerSecond === undefined
      ? [command, ['run', '--config', config, '--log-format', 'json', '--drain-timeout', '10s']]
      : [replacingEngine, [config, String(replacementsPerSecond)]];
  return new BenchProcess('engine', script, args, nodeOptions);
}

/** The port of the receiver, once the engine says that it runs. */
function listeningPort(log) {
  if (!log.includes('"message":"running"')) return undefined;
  const line = log.split('\n').find((text) => text.includes('"message":"listening"'));
  return Number(JSON.parse(line).address.split(':').at(-1));
}

/** A figure counts only when everything that was accepted has arrived. */
function checkArrived({ auth, records: each = RECORDS }, sent, { requests, records, withToken }) {
  const expected = sent * each;
  if (records !== expected) throw new Error(`${expected} records were accepted and ${records} arrived`);
  if (withToken !== (auth ? requests : 0))
    throw new Error(`${withToken} of ${requests} requests carried the token`);
}
