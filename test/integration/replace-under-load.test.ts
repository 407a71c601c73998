import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import {
  type ActiveExtension,
  type AuthorizationDecision,
  BearerTokenAuthorizer,
  config,
  Exporter,
  type ExporterNode,
  Extension,
  type ExtensionContext,
  inject,
  type Pdata,
  type Secret,
  serviceToken,
  z,
} from '../../src/authoring.js';
import { ConfigError } from '../../src/config/config-error.js';
import { numbered, PacedLoad } from '../fixtures/paced-load.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';

const TOKEN = 'the-right-token';
const REPLACEMENTS = 100;
const RELOADS = 20;
/** Requests between two changes: all of them together take a few seconds. */
const BETWEEN = 40;

/** How often each request has arrived behind the last guard. */
class Arrivals {
  readonly times = new Map<string, number>();

  add(bytes: Uint8Array): void {
    const key = keyOf(bytes);
    this.times.set(key, (this.times.get(key) ?? 0) + 1);
  }

  /** The requests below `count` that did not arrive exactly once. */
  notOnce(count: number): readonly number[] {
    return Array.from({ length: count }, (_, number) => number).filter(
      (number) => this.times.get(keyOf(numbered(number))) !== 1,
    );
  }
}

const keyOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const TheArrivals = serviceToken<Arrivals>('test-arrivals');

@Exporter({ urn: 'urn:test:exporter:arrivals', description: 'Counts.', config: z.strictObject({}) })
class ArrivalsExporter implements ExporterNode {
  readonly maxInFlight = 128;

  constructor(@inject(TheArrivals) private readonly arrivals: Arrivals) {}

  async export(pdata: Pdata): Promise<void> {
    this.arrivals.add(pdata.bytes);
  }
}

const MoodyConfig = z.strictObject({
  mood: z.enum(['serving', 'cannot be built', 'fails', 'ends', 'never ready']),
});
type Moody = z.output<typeof MoodyConfig>;

/** An authorizer that can be broken in every way there is. */
@Extension({
  urn: 'urn:test:extension:moody',
  description: 'Admits one token, when it is in the mood.',
  traits: [BearerTokenAuthorizer],
  execution: 'shared',
  readiness: true,
  config: MoodyConfig,
})
class MoodyGuard implements BearerTokenAuthorizer, ActiveExtension {
  #running = false;

  constructor(@config() private readonly settings: Moody) {
    if (settings.mood === 'cannot be built') throw new Error('not in the mood');
  }

  async start(ctx: ExtensionContext): Promise<void> {
    const { mood } = this.settings;
    if (mood === 'fails') throw new Error('not in the mood');
    if (mood === 'ends') return;
    this.#running = true;
    if (mood === 'serving') ctx.ready();
    await ctx.stopping();
    this.#running = false;
  }

  async authorize(token: Secret | undefined): Promise<AuthorizationDecision> {
    // As long as it takes to ask somebody: a replacement comes in the middle of some calls.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (!this.#running) throw new Error('it is called while it does not run');
    return this.settings.mood === 'serving' && token?.reveal() === TOKEN
      ? { allowed: true, identity: { subject: 'test' } }
      : { allowed: false, reason: 'InvalidCredential' };
  }
}

const receiver = (guard: string): object => ({
  type: 'receiver:otlp',
  capabilities: { bearer_token_authorizer: guard },
  config: { protocols: { grpc: { listening_addr: '127.0.0.1:0', wait_for_result: true } } },
});

const connections = [{ from: 'in', to: 'out' }];

/** What is behind: guarded by an authorizer of the test's own. */
const inner = (): object =>
  onePipeline({
    extensions: {
      guard: { type: 'urn:test:extension:moody', readiness_timeout: '200ms', config: { mood: 'serving' } },
    },
    nodes: { in: receiver('guard'), out: { type: 'urn:test:exporter:arrivals' } },
    connections,
  });

/** What the load is sent to: it checks the token, and sends on with a token. */
const outer = (innerAddress: string, door: object, ticket: object): object =>
  onePipeline({
    extensions: {
      door: { type: 'extension:bearer_token_auth', config: door },
      ticket: { type: 'extension:bearer_token_auth', config: ticket },
    },
    nodes: {
      in: receiver('door'),
      out: {
        type: 'exporter:otlp_grpc',
        capabilities: { bearer_token_provider: 'ticket' },
        config: { grpc_endpoint: `http://${innerAddress}`, max_in_flight: 64 },
      },
    },
    connections,
  });

const main = { group: 'default', pipeline: 'main' };

/** A pipeline behind a pipeline, both guarded, under 1,000 requests a second. */
class Rig implements AsyncDisposable {
  readonly arrivals: Arrivals;
  readonly folder: string;
  readonly file: string;
  readonly tokenFile: string;
  readonly inner: RunningEngine;
  readonly outer: RunningEngine;
  readonly load: PacedLoad;

  private constructor(folder: string, arrivals: Arrivals, running: readonly [RunningEngine, RunningEngine]) {
    [this.inner, this.outer] = running;
    this.folder = folder;
    this.arrivals = arrivals;
    this.file = join(folder, 'outer.yaml');
    this.tokenFile = join(folder, 'token');
    this.load = new PacedLoad({
      address: this.outer.address('in', 'grpc'),
      token: TOKEN,
      perSecond: 1_000,
      mostUnanswered: 100,
      connections: 4,
    });
  }

  static async start(): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'replace-'));
    await writeFile(join(folder, 'token'), TOKEN);
    const arrivals = new Arrivals();
    const container = new Container();
    container.bind(TheArrivals.id).toConstantValue(arrivals);
    const behind = await RunningEngine.start(inner(), {
      components: [ArrivalsExporter, MoodyGuard],
      container,
    });
    const file = join(folder, 'outer.yaml');
    await writeFile(
      file,
      JSON.stringify(outer(behind.address('in', 'grpc'), { token: TOKEN }, { token: TOKEN })),
    );
    return new Rig(folder, arrivals, [behind, await RunningEngine.start(file)]);
  }

  /** Configurations that say the same in another way, one that reads a file at the start among them. */
  changed(number: number): object {
    const previous_token_grace = `${number}s`;
    return number % 2 === 0
      ? { token: TOKEN, previous_token_grace }
      : { token_file: this.tokenFile, poll_interval: '60s', previous_token_grace };
  }

  /** Writes what the outer engine was made from anew. */
  async rewrite(door: object, ticket: object): Promise<void> {
    await writeFile(this.file, JSON.stringify(outer(this.inner.address('in', 'grpc'), door, ticket)));
  }

  /** How often an extension was replaced. */
  replacements(engine: RunningEngine, name: string): number | undefined {
    return engine.engine.extensions.find((extension) => extension.name === name)?.replacements;
  }

  /** Ends the load and the engines; what was sent has arrived once each, and nothing was refused on the way. */
  async expectNothingLost(): Promise<void> {
    await this.load.stop();
    const { sent } = this.load;
    expect(this.load.refusals).toEqual([]);
    expect(this.arrivals.notOnce(sent)).toEqual([]);
    expect(this.arrivals.times.size).toBe(sent);
    const whole = {
      group: 'default',
      pipeline: 'main',
      received: sent,
      exported: sent,
      failed: 0,
      dropped: 0,
    };
    expect(await this.outer.stop()).toEqual([whole]);
    expect(await this.inner.stop()).toEqual([whole]);
    const complaints = [this.outer, this.inner].flatMap(({ log }) =>
      log.lines.filter(({ level }) => level === 'warn' || level === 'error'),
    );
    expect(complaints).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.load[Symbol.asyncDispose]();
    await this.outer[Symbol.asyncDispose]();
    await this.inner[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true });
  }
}

let warnings: Error[];
const note = (warning: Error): void => void warnings.push(warning);
beforeEach(() => {
  warnings = [];
  process.on('warning', note);
});
afterEach(() => {
  process.off('warning', note);
  // Such as too many listeners of one signal.
  expect(warnings).toEqual([]);
});

describe('under 1,000 requests a second', () => {
  it(`replacing what guards the receiver and what gives the exporter its token ${REPLACEMENTS} times loses and refuses nothing`, async () => {
    await using rig = await Rig.start();
    const { engine } = rig.outer;
    await rig.load.answers(BETWEEN);
    for (let number = 1; number <= REPLACEMENTS; number++) {
      await Promise.all([
        engine.replaceExtension(main, 'door', rig.changed(number)),
        engine.replaceExtension(main, 'ticket', rig.changed(number + 1)),
        rig.inner.engine.replaceExtension(main, 'guard', { mood: 'serving' }),
        rig.load.answers(BETWEEN),
      ]);
    }
    expect([
      rig.replacements(rig.outer, 'door'),
      rig.replacements(rig.outer, 'ticket'),
      rig.replacements(rig.inner, 'guard'),
    ]).toEqual([REPLACEMENTS, REPLACEMENTS, REPLACEMENTS]);
    await rig.expectNothingLost();
  }, 30_000);

  it('a broken replacement changes nothing, and says so', async () => {
    await using rig = await Rig.start();
    const replaceDoor = (settings: object) => rig.outer.engine.replaceExtension(main, 'door', settings);
    const replaceGuard = (mood: string) => rig.inner.engine.replaceExtension(main, 'guard', { mood });
    const asBefore = (name: string) =>
      `extension '${name}' of pipeline '${main.group}/${main.pipeline}' was not replaced and serves as before`;
    await rig.load.answers(BETWEEN);
    const broken: readonly [() => Promise<void>, object][] = [
      [() => replaceDoor({ token: '' }), expect.any(ConfigError)],
      [() => replaceDoor({ tokn: TOKEN }), expect.any(ConfigError)],
      [
        () => replaceDoor({ token_file: join(rig.folder, 'nothing') }),
        { kind: 'StartFailed', message: expect.stringContaining(asBefore('door')) },
      ],
      [
        () => replaceGuard('cannot be built'),
        { kind: 'CreationFailed', message: expect.stringContaining(asBefore('guard')) },
      ],
      [
        () => replaceGuard('fails'),
        { kind: 'StartFailed', message: expect.stringContaining(asBefore('guard')) },
      ],
      [
        () => replaceGuard('ends'),
        { kind: 'EndedEarly', message: expect.stringContaining(asBefore('guard')) },
      ],
      [
        () => replaceGuard('never ready'),
        { kind: 'NotReady', message: expect.stringContaining(asBefore('guard')) },
      ],
    ];
    for (const [replace, error] of broken) {
      await expect(replace()).rejects.toMatchObject(error);
      await rig.load.answers(BETWEEN);
    }
    expect([rig.replacements(rig.outer, 'door'), rig.replacements(rig.inner, 'guard')]).toEqual([0, 0]);
    await rig.expectNothingLost();
  }, 30_000);

  it(`${RELOADS} reloads of a changed file lose and refuse nothing, a broken file among them`, async () => {
    await using rig = await Rig.start();
    const { engine } = rig.outer;
    const labels = [
      "extension 'door' of pipeline 'default/main'",
      "extension 'ticket' of pipeline 'default/main'",
    ];
    await rig.load.answers(BETWEEN);
    for (let number = 1; number <= RELOADS; number++) {
      await rig.rewrite(rig.changed(number), rig.changed(number + 1));
      expect(await engine.reload()).toEqual({ replaced: labels, failed: [], needsRestart: [] });
      await rig.load.answers(BETWEEN);
    }
    await rig.rewrite({ tokn: TOKEN }, rig.changed(0));
    await expect(engine.reload()).rejects.toThrow(ConfigError);
    await rig.load.answers(BETWEEN);
    await rig.rewrite({ token_file: join(rig.folder, 'nothing') }, rig.changed(RELOADS + 3));
    expect(await engine.reload()).toMatchObject({
      replaced: [labels[1]],
      failed: [{ extension: labels[0], error: { kind: 'StartFailed' } }],
    });
    await rig.load.answers(BETWEEN);
    expect([rig.replacements(rig.outer, 'door'), rig.replacements(rig.outer, 'ticket')]).toEqual([
      RELOADS,
      RELOADS + 1,
    ]);
    await rig.expectNothingLost();
  }, 30_000);
});
