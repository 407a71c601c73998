import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TOP = 10;

/** A folder for the engine's CPU profile, deleted at the end. */
export class ProfileFolder {
  #path;

  static async create() {
    const folder = new ProfileFolder();
    folder.#path = await mkdtemp(join(tmpdir(), 'dataflow-bench-'));
    return folder;
  }

  get nodeOptions() {
    return ['--cpu-prof', '--cpu-prof-dir', this.#path];
  }

  /**
   * The functions with the most time of their own, as shares of the time in which the process was not idle.
   *
   * @param seconds how much of the profile's end is looked at, to leave out the start
   */
  async top(seconds) {
    const [file] = await readdir(this.#path);
    if (file === undefined) throw new Error('the engine has written no CPU profile');
    return topBySelfTime(JSON.parse(await readFile(join(this.#path, file), 'utf8')), seconds * 1e6);
  }

  async [Symbol.asyncDispose]() {
    await rm(this.#path, { recursive: true, force: true });
  }
}

function topBySelfTime({ nodes, samples, timeDeltas, startTime, endTime }, lastMicros) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, frameName(callFrame)]));
  const micros = new Map();
  let total = 0;
  let at = startTime;
  samples.forEach((id, index) => {
    at += timeDeltas[index];
    const name = names.get(id);
    if (name === '(idle)' || at < endTime - lastMicros) return;
    total += timeDeltas[index];
    micros.set(name, (micros.get(name) ?? 0) + timeDeltas[index]);
  });
  const sorted = [...micros].sort(([, a], [, b]) => b - a).slice(0, TOP);
  return sorted.map(([name, self]) => ({ name, share: self / total }));
}

function frameName({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  return `${name} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
}
