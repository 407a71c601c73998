import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const packages = join(repository, 'node_modules');

/** Commits of this repository in temporary folders, built with this working tree's packages. */
export class Worktrees {
  #folder = mkdtempSync(join(tmpdir(), 'dataflow-compare-'));
  #paths = [];
  #compiler;
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
    const said = await this.#compile(path);
    if (said !== undefined) throw new Error(`${revision} (${commit}) cannot be built:\n${said}`);
    return { revision, commit, subject, build: pathToFileURL(join(path, 'dist/')) };
  }

  /** What the compiler has said when it failed. */
  async #compile(path) {
    const compiler = join(packages, 'typescript', 'bin', 'tsc');
    // A process group of its own, for the compiler is a process behind another, and both have to end at a signal.
    const child = spawn(process.execPath, [compiler, '-p', 'tsconfig.json'], {
      cwd: path,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#compiler = child;
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    this.#compiler = undefined;
    return code === 0 ? undefined : said;
  }

  [Symbol.dispose]() {
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
    this.#remove();
  }

  /** Synchronous, so that a signal finds nothing half done. */
  #remove() {
    if (this.#compiler !== undefined) process.kill(-this.#compiler.pid, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
    if (this.#paths.length > 0) execFileSync('git', ['worktree', 'prune'], { cwd: repository });
    this.#paths = [];
  }
}

async function git(...args) {
  const { stdout } = await promisify(execFile)('git', args, { cwd: repository });
  return stdout.trim();
}
