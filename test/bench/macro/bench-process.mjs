import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const preload = new URL('./exit-with-parent.mjs', import.meta.url).href;
const STOP_MS = 15_000;

/** A child process with a message channel, gone at the latest when it is disposed or the parent ends. */
export class BenchProcess {
  stderr = '';
  #child;
  #ended;
  #role;

  constructor(role, script, args = [], nodeOptions = []) {
    this.#role = role;
    const path = fileURLToPath(script);
    this.#child = spawn(process.execPath, ['--import', preload, ...nodeOptions, path, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => resolve(code ?? signal));
    });
    // Whoever waits gets the failure; until then it must not end the parent.
    this.#ended.catch(() => {});
  }

  get pid() {
    return this.#child.pid;
  }

  send(message) {
    this.#child.send(message);
  }

  /** The next message. @throws Error when the process ends first or says nothing in time */
  async message(timeoutMs) {
    const [message] = await this.#before(timeoutMs, (signal) => once(this.#child, 'message', { signal }));
    if (message.error !== undefined) throw new Error(`${this.#role}: ${message.error}`);
    return message;
  }

  /** Waits until `find` makes something of what was written to stderr. @throws Error as `message` does */
  async written(find, timeoutMs) {
    return await this.#before(timeoutMs, async (signal) => {
      for (;;) {
        const found = find(this.stderr);
        if (found !== undefined) return found;
        await once(this.#child.stderr, 'data', { signal });
      }
    });
  }

  /** Asks it to end. @throws Error when it does not, or ends in failure */
  async stop() {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const how = await this.#ended.finally(() => clearTimeout(timer));
    if (how !== 0) throw new Error(`${this.#role} ended with ${how}\n${this.stderr}`);
  }

  async [Symbol.asyncDispose]() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #before(timeoutMs, wait) {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), timeoutMs);
    const ended = this.#ended.then((how) => {
      throw new Error(`${this.#role} ended early with ${how}\n${this.stderr}`);
    });
    try {
      return await Promise.race([wait(over.signal), ended]);
    } catch (error) {
      if (!over.signal.aborted) throw error;
      throw new Error(`${this.#role} did not get ready within ${timeoutMs} ms\n${this.stderr}`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      // Takes the listeners away when the process ended first.
      over.abort();
    }
  }
}
