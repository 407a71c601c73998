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
   * The functions with the most time of their own, as shares of the time in which its threads were not idle.
   *
   * @param seconds how much of the profile's end is looked at, to leave out the start
   */
  async top(seconds) {
    const files = await readdir(this.#path);
    if (files.length === 0) throw new Error('the engine has written no CPU profile');
    const micros = new Map();
    for (const file of files) {
      addSelfTime(micros, JSON.parse(await readFile(join(this.#path, file), 'utf8')), seconds * 1e6);
    }
    const total = [...micros.values()].reduce((sum, self) => sum + self, 0);
    const sorted = [...micros].sort(([, a], [, b]) => b - a).slice(0, TOP);
    return sorted.map(([name, self]) => ({ name, share: self / total }));
  }

  async [Symbol.asyncDispose]() {
    await rm(this.#path, { recursive: true, force: true });
  }
}

/** Adds one thread's profile. */
function addSelfTime(micros, { nodes, samples, timeDeltas, startTime, endTime }, lastMicros) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, frameName(callFrame)]));
  let at = startTime;
  samples.forEach((id, index) => {
    at += timeDeltas[index];
    const name = names.get(id);
    if (name === '(idle)' || at < endTime - lastMicros) return;
    micros.set(name, (micros.get(name) ?? 0) + timeDeltas[index]);
  });
}

function frameName({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  return `${name} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
}
