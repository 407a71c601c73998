import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const packages = join(repository, 'node_modules');

/** Commits of this repository in temporary folders, built with this working tree's packages. */
export class Worktrees {
  #folder = mkdtempSync(join(tmpdir(), 'dataflow-compare-'));
  #paths = [];
  #onSignal = () => {
    this.#remove();
    process.exit(130);
  };

  constructor() {
    process.once('SIGINT', this.#onSignal).once('SIGTERM', this.#onSignal);
  }

  /**
   * @param name of the folder
   * @returns the commit, its subject, and the URL of its build
   * @throws Error when there is no such commit, or it cannot be built
   */
  async build(name, revision) {
    const [commit, subject] = (
      await git('log', '-1', '--format=%h%n%s', '--end-of-options', `${revision}^{commit}`)
    ).split('\n');
    const path = join(this.#folder, name);
    this.#paths.push(path);
    await git('worktree', 'add', '--detach', '--quiet', path, commit);
    symlinkSync(packages, join(path, 'node_modules'), 'dir');
    try {
      const compiler = join(packages, 'typescript', 'bin', 'tsc');
      await run(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: path });
    } catch (error) {
      throw new Error(`${revision} (${commit}) cannot be built:\n${error.stdout ?? error.message}`, {
        cause: error,
      });
    }
    return { revision, commit, subject, build: pathToFileURL(join(path, 'dist/')) };
  }

  [Symbol.dispose]() {
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
    this.#remove();
  }

  /** Synchronous, so that a signal finds nothing half done. */
  #remove() {
    rmSync(this.#folder, { recursive: true, force: true });
    if (this.#paths.length > 0) execFileSync('git', ['worktree', 'prune'], { cwd: repository });
    this.#paths = [];
  }
}

async function git(...args) {
  const { stdout } = await run('git', args, { cwd: repository });
  return stdout.trim();
}
