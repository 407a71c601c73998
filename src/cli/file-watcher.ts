import { type FileVersion, fileVersion } from '../config/sources/file-version.js';
import { type Clock, SystemClock, type Timer } from '../extension/clock.js';

/** By absolute path. */
export type FileVersions = ReadonlyMap<string, FileVersion>;

/** Between two looks at the files, in milliseconds. */
const POLL_MS = 500;

/**
 * Tells when files are not what they were any more. It asks for their state again and again: notices of the system do
 * not come from network drives and some containers, nor through symbolic links, nor from a folder that was replaced.
 */
export class FileWatcher implements Disposable {
  readonly #onChange: (versions: FileVersions) => void;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  /** What is watched now; `undefined` while nothing is. */
  #known: FileVersions | undefined;

  /**
   * @param onChange told once that files have changed, and their versions, when they have been at rest between two
   * looks: one that is being written is not to be read. Nothing is watched from then on
   */
  constructor(onChange: (versions: FileVersions) => void, clock: Clock = new SystemClock()) {
    this.#onChange = onChange;
    this.#clock = clock;
  }

  /**
   * Watches these files from now on, in place of those before. What has changed since is noticed too.
   *
   * @param known the versions of the files as they were read
   */
  watch(known: FileVersions): void {
    this.stop();
    this.#known = known;
    void this.#look(known, known);
  }

  /** Watches nothing, until `watch` is called. */
  stop(): void {
    this.#timer?.cancel();
    this.#known = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  async #look(known: FileVersions, before: FileVersions): Promise<void> {
    const now = await versionsOf(known.keys());
    // Others may be watched by now.
    if (this.#known !== known) return;
    if (!same(now, known) && same(now, before)) {
      this.stop();
      this.#onChange(now);
      return;
    }
    this.#timer = this.#clock.setTimeout(() => void this.#look(known, now), POLL_MS);
  }
}

async function versionsOf(paths: Iterable<string>): Promise<FileVersions> {
  return new Map(await Promise.all([...paths].map(async (path) => [path, await fileVersion(path)] as const)));
}

/** @param one of the same files as the other */
function same(one: FileVersions, other: FileVersions): boolean {
  return one.entries().every(([path, version]) => other.get(path) === version);
}
