import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ExtensionStatus, PipelineSummary, ReloadReport, ScopeName } from '../../../src/index.js';

const driver = fileURLToPath(new URL('./driver.mjs', import.meta.url));

/** The path of the plugin with the components of these tests. */
export const plugin: string = fileURLToPath(new URL('./plugin.mjs', import.meta.url));

export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly kind?: string };
}

/** An application that embeds the built engine, as a process of its own: workers run compiled code. */
export class EmbeddingProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ended: Promise<number | null>;
  #lastId = 0;

  constructor() {
    this.#child = fork(driver, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (reply: Reply) => {
      const call = this.#open.get(reply.id);
      if (reply.error === undefined) call?.resolve(reply.value);
      else call?.reject(Object.assign(new Error(reply.error.message), reply.error));
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('exit', (code) => {
        for (const { reject } of this.#open.values()) reject(new Error(`the process ended with ${code}`));
        resolve(code);
      });
    });
  }

  /** Builds and starts an engine. */
  static async start(config: object): Promise<EmbeddingProcess> {
    const started = new EmbeddingProcess();
    try {
      await started.create(config);
      await started.#call('start');
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @param fakeClock whether the clock of the engine's thread stands still until `advance` moves it */
  create(config: object, fakeClock = false): Promise<unknown> {
    return this.#call('create', config, fakeClock);
  }

  advance(ms: number): Promise<unknown> {
    return this.#call('advance', ms);
  }

  /** Starts what was created. */
  begin(): Promise<unknown> {
    return this.#call('start');
  }

  replace(scope: ScopeName, name: string, config: object): Promise<unknown> {
    return this.#call('replace', scope, name, config);
  }

  reload(config: object): Promise<ReloadReport> {
    return this.#call('reload', config) as Promise<ReloadReport>;
  }

  summary(): Promise<readonly PipelineSummary[]> {
    return this.#call('summary') as Promise<readonly PipelineSummary[]>;
  }

  extensions(): Promise<readonly ExtensionStatus[]> {
    return this.#call('extensions') as Promise<readonly ExtensionStatus[]>;
  }

  errors(): Promise<readonly string[]> {
    return this.#call('errors') as Promise<readonly string[]>;
  }

  /** What `engine.failed` resolves with. */
  failed(): Promise<string> {
    return this.#call('failed') as Promise<string>;
  }

  stop(): Promise<readonly PipelineSummary[]> {
    return this.#call('stop', { drainMs: 10_000 }) as Promise<readonly PipelineSummary[]>;
  }

  log(): Promise<readonly LogLine[]> {
    return this.#call('log') as Promise<readonly LogLine[]>;
  }

  /** Waits until as many lines with a message are in the log. */
  async logged(message: string, count = 1): Promise<readonly LogLine[]> {
    const end = performance.now() + 15_000;
    for (;;) {
      const lines = (await this.log()).filter((line) => line.message.includes(message));
      if (lines.length >= count) return lines;
      if (performance.now() > end)
        throw new Error(`the log has '${message}' ${lines.length} times within 15 s`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Where a receiver listens. */
  async address(node: string, protocol: 'grpc' | 'http'): Promise<string> {
    const line = (await this.log()).find(
      (entry) => entry.message === 'listening' && entry['node'] === node && entry['protocol'] === protocol,
    );
    return String(line?.['address']);
  }

  /** Resolves with the exit code when the process ends by itself, because nothing keeps it alive. */
  leave(): Promise<number | null> {
    this.#child.disconnect();
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #call(call: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    const reply = Promise.withResolvers<unknown>();
    this.#open.set(id, reply);
    this.#child.send({ id, call, args });
    return reply.promise.finally(() => this.#open.delete(id));
  }
}

/** A configuration with one pipeline on so many cores. */
export function onCores(count: number, pipeline: object, policies: object = {}): object {
  return {
    version: 'otel_dataflow/v1',
    policies: { resources: { core_allocation: { type: 'core_count', count } }, ...policies },
    groups: { default: { pipelines: { main: pipeline } } },
  };
}
