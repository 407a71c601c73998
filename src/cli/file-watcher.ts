import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How long nothing must happen before a change counts as complete, in milliseconds. */
const QUIET_MS = 200;

/**
 * Tells when files change. It watches their folders, so that a file that is replaced, or reached through a symbolic link
 * that is swapped (as Kubernetes does), is noticed too.
 */
export class FileWatcher implements Disposable {
  readonly #onChange: () => void;
  readonly #onError: (error: Error) => void;
  readonly #folders = new Map<string, FSWatcher>();
  #files: readonly string[] = [];
  #seen = '';
  #timer: NodeJS.Timeout | undefined;

  /** @param onError told when a folder cannot be watched any more */
  constructor(onChange: () => void, onError: (error: Error) => void) {
    this.#onChange = onChange;
    this.#onError = onError;
  }

  /** Watches these files from now on, in place of those before. @param files absolute paths */
  async watch(files: readonly string[]): Promise<void> {
    this.#files = files;
    this.#seen = await stateOf(files);
    const folders = new Set(files.map((file) => dirname(file)));
    for (const [folder, watcher] of this.#folders) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) this.#watchFolder(folder);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #watchFolder(folder: string): void {
    if (this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#stir());
      watcher.on('error', (error) => this.#lose(folder, error));
      this.#folders.set(folder, watcher);
    } catch (error) {
      this.#lose(folder, error as Error);
    }
  }

  #lose(folder: string, error: Error): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
    this.#onError(new Error(`'${folder}' cannot be watched for changes: ${error.message}`));
  }

  #stir(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), QUIET_MS).unref();
  }

  async #look(): Promise<void> {
    const state = await stateOf(this.#files);
    if (state === this.#seen) return;
    this.#seen = state;
    this.#onChange();
  }
}

/** What tells one state of files from another. */
async function stateOf(files: readonly string[]): Promise<string> {
  const states = files.map(async (file) => {
    // A file that is gone for a moment is a state like any other.
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined ? 'none' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
  });
  return (await Promise.all(states)).join(' ');
}
