import { sourceProblems } from '../messages.js';
import { type FileVersion, fileVersion, PIPE } from './file-version.js';
import { readText, type TextOrProblem } from './read-text.js';

/** The files of a configuration: reads them, and remembers of each which version it was. */
export class ConfigFiles {
  /**
   * By absolute path, of all that was asked for, also of what could not be read. Taken before it is read, so that a
   * file that changes meanwhile has another version afterwards.
   */
  readonly versions: ReadonlyMap<string, FileVersion>;
  readonly #versions = new Map<string, FileVersion>();
  readonly #again: boolean;

  /** @param again whether they are read once more; pipes are refused then, as nobody might ever write to them again */
  constructor(again: boolean) {
    this.versions = this.#versions;
    this.#again = again;
  }

  /**
   * Reads a text file, a pipe too, up to a limit.
   *
   * @param path absolute
   * @param name how the file is called in messages
   */
  async read(path: string, name: string, limit: number): Promise<TextOrProblem> {
    const version = await fileVersion(path);
    // Of a file that is read twice the older version counts.
    if (!this.#versions.has(path)) this.#versions.set(path, version);
    if (this.#again && version === PIPE) return { problem: sourceProblems.pipeAgain(name) };
    return readText(path, name, limit);
  }
}
