import { RECORDS } from '../log-request.mjs';

/** Requests a second where the pace is given. */
const PACE = 1_000;

/** What a case is unless it says otherwise: one way through the engine, as fast as it answers. */
const USUAL = {
  batch: true,
  auth: false,
  gzip: false,
  json: false,
  records: RECORDS,
  /** A bare forwarder in the engine's place. */
  floor: false,
  /** Whether that one starts with the options for V8 that `dataflow run` gives itself. */
  sameHeap: false,
  /** Worker threads that the configuration asks for; `undefined` when it says nothing. */
  workers: undefined,
  connections: 4,
  /** Requests under way on each connection; over HTTP/1.1 each has a connection of its own. */
  lanes: 8,
};

function benchCase(fields) {
  const made = { ...USUAL, ...fields };
  return { name: nameOf(made), ...made };
}

function nameOf(made) {
  const { protocol, floor, sameHeap, batch, gzip, json, auth, records, workers, connections } = made;
  const { perSecond, replacementsPerSecond } = made;
  if (floor) return sameHeap ? `${protocol} floor, same heap` : `${protocol} floor`;
  const words = [
    protocol,
    batch ? 'batch' : 'pass-through',
    ...(json ? ['json'] : []),
    ...(gzip ? ['gzip'] : []),
    ...(auth ? ['auth'] : []),
    ...(workers === undefined ? [] : [counted(workers, 'worker')]),
  ].join(' ');
  return [
    words,
    ...(records === RECORDS ? [] : [counted(records, 'record')]),
    ...(connections === 1 ? ['1 connection'] : []),
    ...(perSecond === undefined ? [] : [`${perSecond} req/s`]),
    ...(replacementsPerSecond === undefined ? [] : [`${replacementsPerSecond} replacements/s`]),
  ].join(', ');
}

const counted = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

const protocols = ['grpc', 'http'];

/** What the engine is held against: it cannot do with less. Once as one would start it, once with the engine's heap. */
export const floors = protocols.flatMap((protocol) =>
  [false, true].map((sameHeap) => benchCase({ protocol, floor: true, sameHeap })),
);

/** The ways through the engine, and what is in the requests. */
export const throughput = protocols.flatMap((protocol) =>
  [
    { batch: false },
    { batch: false, auth: true },
    { batch: false, gzip: true },
    { batch: false, records: 1 },
    { batch: false, records: 1_000 },
    {},
    { auth: true },
    { gzip: true },
    { records: 1 },
    { records: 1_000 },
    ...(protocol === 'http' ? [{ batch: false, json: true }, { json: true }] : []),
  ].map((fields) => benchCase({ protocol, ...fields })),
);

/** More connections than usual, for each belongs to one worker; and all on a single one, which is worse. */
export const workers = [
  ...protocols.flatMap((protocol) =>
    [1, 2].map((count) => benchCase({ protocol, workers: count, connections: 16, lanes: 2 })),
  ),
  benchCase({ protocol: 'grpc', workers: 2, connections: 1, lanes: 32 }),
];

/** Small requests at an even pace, with and without an extension that is replaced all the time. */
const replacing = protocols.flatMap((protocol) =>
  [0, 20].map((replacementsPerSecond) =>
    benchCase({ protocol, batch: false, auth: true, records: 1, perSecond: PACE, replacementsPerSecond }),
  ),
);

export const cases = [...floors, ...throughput, ...workers, ...replacing];

/** The case of this name. @throws Error when there is none */
export function caseOf(name) {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case is called '${name}'; --list names them`);
  return found;
}

/** What the command line asks for: exact names, or all with a text in their names. @throws Error as `caseOf` does */
export function chooseCases({ cases: names, filter }) {
  return names.length > 0 ? names.map(caseOf) : cases.filter(({ name }) => name.includes(filter));
}
