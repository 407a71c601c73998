import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./fixtures/measured-receiver.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../../dist/index.js', import.meta.url));

export interface Measured {
  /** Bytes of the process, on its heap and beside it, after everything that can go has gone. */
  readonly inUse: number;
  /** Bytes that the system has given the process. */
  readonly rss: number;
  /** Bytes that have arrived on all connections so far. */
  readonly received: number;
}

type Question =
  | { readonly ask: 'measure' | 'allow' | 'sent' }
  | { readonly ask: 'advance'; readonly millis: number };

/**
 * The built receiver in a process of its own, which says what it holds: what a test or those before it keep in memory
 * is not measured with it, and a collection takes as long as its own heap is large. One question at a time.
 */
export class MeasuredReceiver implements AsyncDisposable {
  /** `host:port` */
  readonly grpc: string;
  readonly http: string;
  readonly #child: ChildProcess;
  readonly #failed: Promise<never>;

  private constructor(child: ChildProcess, failed: Promise<never>, at: { grpc: string; http: string }) {
    this.#child = child;
    this.#failed = failed;
    this.grpc = at.grpc;
    this.http = at.http;
  }

  /**
   * @param authorizer `undecided` for one that decides when `allow` is called; there is none when it is absent
   * @param settings what both protocols are set to beside the defaults
   */
  static async start(
    authorizer?: 'undecided',
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<MeasuredReceiver> {
    if (!existsSync(built)) throw new Error('the package is not built; run: npm run build');
    const { NODE_OPTIONS: _options, ...env } = process.env;
    const child = fork(
      script,
      [JSON.stringify(settings), ...(authorizer === undefined ? [] : [authorizer])],
      {
        env,
        execArgv: ['--expose-gc', '--no-warnings'],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    const failed = endOf(child);
    failed.catch(() => {});
    const [at] = await Promise.race([once(child, 'message'), failed]);
    return new MeasuredReceiver(child, failed, at);
  }

  measure(): Promise<Measured> {
    return this.#ask({ ask: 'measure' });
  }

  /** Moves the receiver's clock. */
  async advance(millis: number): Promise<void> {
    await this.#ask({ ask: 'advance', millis });
  }

  /** Lets the undecided authorizer allow everything. */
  async allow(): Promise<void> {
    await this.#ask({ ask: 'allow' });
  }

  /** The SHA-256 of each message that the receiver sent on. */
  sent(): Promise<readonly string[]> {
    return this.#ask({ ask: 'sent' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#failed.catch(() => {});
  }

  async #ask<Answer>(question: Question): Promise<Answer> {
    const answered = once(this.#child, 'message');
    this.#child.send(question);
    const [answer] = await Promise.race([answered, this.#failed]);
    return answer;
  }
}

/** Rejects when the process ends, with what it complained of. */
async function endOf(child: ChildProcess): Promise<never> {
  const complaint = child.stderr === null ? '' : text(child.stderr);
  const [code, signal] = await once(child, 'close');
  throw new Error(`the receiver's process ended (${signal ?? code}): ${await complaint}`);
}
