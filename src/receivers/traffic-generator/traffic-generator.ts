import { randomInt } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  config,
  EffectHandler,
  inject,
  Nack,
  type Pdata,
  Receiver,
  type ReceiverContext,
  type ReceiverNode,
} from '../../authoring.js';
import { TrafficGeneratorConfig, type TrafficGeneratorSettings } from './config.js';
import { Outcomes } from './outcomes.js';
import { Pace } from './pace.js';
import { schedule } from './schedule.js';
import { Traffic } from './traffic.js';

/** Sends made-up telemetry at a given rate, or as fast as the pipeline takes it: for demos, tests and load. */
@Receiver({
  urn: 'urn:otel:receiver:traffic_generator',
  description: 'Generates traces, metrics and logs at a given rate.',
  config: TrafficGeneratorConfig,
})
export class TrafficGenerator implements ReceiverNode {
  readonly #outcomes: Outcomes | undefined;
  #wasLate = false;

  constructor(
    @config() private readonly settings: TrafficGeneratorSettings,
    @inject(EffectHandler) private readonly effect: EffectHandler,
  ) {
    this.#outcomes = settings.enable_ack_nack ? new Outcomes(effect.logger) : undefined;
  }

  async start(ctx: ReceiverContext): Promise<void> {
    const { logger } = this.effect;
    if (this.settings.registry_path !== undefined) {
      logger.warn('registry_path is not read; the built-in signals are generated');
    }
    ctx.ready();
    const signals = await this.#generate(ctx.signal);
    await this.#outcomes?.settled(ctx.signal);
    logger.info('the traffic generator is done', { signals, ...this.#outcomes?.fields() });
  }

  /** Sends until there is nothing more to send or `signal` aborts; says how many signals were sent. */
  async #generate(signal: AbortSignal): Promise<number> {
    const { clock } = this.effect;
    const { traffic_config: traffic, seed = randomInt(2 ** 32) } = this.settings;
    const rate = traffic.signals_per_second;
    const pace = rate === null ? undefined : new Pace(rate, clock.now());
    const source = new Traffic(this.settings, seed, () => clock.wallTime());
    let sent = 0;
    for (const second of schedule(traffic)) {
      for (const [index, batch] of second.entries()) {
        const waits = index === 0 || traffic.production_mode === 'smooth';
        if (!(await this.#due(waits ? pace : undefined, signal))) return sent;
        if (!(await this.#send(source.payload(batch)))) return sent;
        sent += batch.count;
        pace?.sent(batch.count);
      }
    }
    return sent;
  }

  /** Waits for the next batch's time. `false`: `signal` aborted. */
  async #due(pace: Pace | undefined, signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.effect;
    const wait = pace?.wait(clock.now()) ?? 0;
    if (wait > 0) {
      try {
        await clock.sleep(wait, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    } else {
      if (pace?.letGo(clock.now()) === true && !this.#wasLate) {
        this.#wasLate = true;
        logger.warn('the pipeline takes less than signals_per_second; the traffic generator falls behind');
      }
      // A pipeline that never waits would otherwise keep timers, sockets and signals from being served.
      await nextTurn();
    }
    return !signal.aborted;
  }

  /** Waits for as long as the pipeline is full. `false`: the pipeline is being stopped by force. */
  async #send(pdata: Pdata): Promise<boolean> {
    const completion = this.#outcomes?.follow(pdata.itemCount);
    try {
      await this.effect.send(pdata, completion === undefined ? {} : { completion });
      return true;
    } catch (error) {
      if (error instanceof Nack && !error.permanent) return false;
      throw error;
    }
  }
}
