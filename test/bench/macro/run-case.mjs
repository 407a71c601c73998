import { logRequest, RECORDS } from '../log-request.mjs';
import { BenchProcess } from './bench-process.mjs';
import { configOf, TOKEN } from './cases.mjs';
import { figures } from './figures.mjs';
import { peakRssBytes } from './proc.mjs';

const READY_MS = 20_000;
const WARM_UP_MS = 1_500;
const SLICES = 4;

const command = new URL('../../../dist/cli/main.js', import.meta.url);
/** For the cases in which something happens beside the load. */
const replacingEngine = new URL('./replacing-engine.mjs', import.meta.url);

/**
 * Runs one case: sink, engine and client as processes of their own.
 *
 * @param seconds how long it is measured, after the warm-up
 * @param nodeOptions for the engine
 * @throws Error when a process fails, a request is refused, or a record does not arrive
 */
export async function runCase(benchCase, { seconds, nodeOptions = [] }) {
  await using sink = new BenchProcess('sink', new URL('./sink.mjs', import.meta.url));
  const { ports } = await sink.message(READY_MS);
  await using engine = startEngine(benchCase, ports[benchCase.protocol], nodeOptions);
  const port = await engine.written(listeningPort, READY_MS);
  await using client = new BenchProcess('client', new URL('./client.mjs', import.meta.url));
  client.send({
    protocol: benchCase.protocol,
    port,
    request: logRequest(benchCase.records),
    token: benchCase.auth ? TOKEN : undefined,
    ...(benchCase.perSecond === undefined ? {} : { perSecond: benchCase.perSecond }),
    connections: 4,
    lanes: 8,
    enginePid: engine.pid,
    warmUpMs: WARM_UP_MS,
    slices: SLICES,
    sliceMs: (seconds * 1_000) / SLICES,
  });
  const measured = await client.message(WARM_UP_MS + seconds * 1_000 + READY_MS);
  const peakRss = peakRssBytes(engine.pid);
  await engine.stop();
  sink.send('count');
  checkArrived(benchCase, measured.sent, await sink.message(READY_MS));
  return { name: benchCase.name, ...figures(measured, benchCase.records), peakRssBytes: peakRss };
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
