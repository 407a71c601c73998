import {
  BearerTokenAuthorizer,
  type Clock,
  type EffectHandler,
  HttpServerMiddleware,
  type Logger,
} from '../../authoring.js';
import { Admission } from './admission.js';
import { concurrentRequests, type GrpcSettings, type HttpSettings } from './config.js';
import { Guard } from './guard.js';
import { HeaderCapture } from './header-capture.js';
import { HeaderCheck } from './header-check.js';
import { Intake } from './intake.js';
import { type Expiring, OpenExchanges } from './open-exchanges.js';
import type { RateLimit } from './rate-limit.js';
import { type Refusal, stopping } from './refusals.js';
import { RepeatedWarning } from './repeated-warning.js';

/** A request that has been let in and has no answer yet. */
export interface OpenRequest extends Expiring {
  /** Answers with a refusal. */
  refuse(refusal: Refusal): void;
}

/** What both protocols of a receiver share. */
export interface ReceiverTerms {
  /** Lower-case names of the headers that are kept with the data. */
  readonly includeHeaders: readonly string[];
  /** `undefined` when there is no limit. */
  readonly rateLimit: RateLimit | undefined;
}

/** What all requests of one protocol share on their way in. */
export class Ingress {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly admission: Admission;
  readonly open: OpenExchanges<OpenRequest>;
  /** `undefined` when no authorizer is bound and everybody may send. */
  readonly guard: Guard | undefined;
  /** `undefined` when no middleware is bound and headers are not looked at. */
  readonly headerCheck: HeaderCheck | undefined;
  /** `undefined` when no header is kept. */
  readonly headerCapture: HeaderCapture | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly intake: Intake;
  readonly timeoutMs: number;
  /** How large a message may be, as it arrives and decompressed. */
  readonly limitBytes: number;
  /** A request was refused because too many others are in work. */
  readonly overload: RepeatedWarning;
  /** The pipeline did not answer a request in time. */
  readonly lateness: RepeatedWarning;
  readonly #signal: AbortSignal;

  constructor(
    effect: EffectHandler,
    protocol: 'grpc' | 'http',
    settings: GrpcSettings | HttpSettings,
    limitBytes: number,
    terms: ReceiverTerms,
  ) {
    const authorizer = effect.findExtension(BearerTokenAuthorizer);
    this.clock = effect.clock;
    this.logger = effect.logger;
    this.admission = new Admission(concurrentRequests(settings));
    this.open = new OpenExchanges(effect.clock);
    this.guard = authorizer === undefined ? undefined : new Guard(authorizer, effect.logger, effect.clock);
    const middleware = effect.findExtension(HttpServerMiddleware);
    this.headerCheck =
      middleware === undefined
        ? undefined
        : new HeaderCheck(middleware, protocol, effect.logger, effect.clock);
    const { includeHeaders, rateLimit } = terms;
    this.rateLimit = rateLimit;
    this.headerCapture = includeHeaders.length === 0 ? undefined : new HeaderCapture(includeHeaders);
    this.intake = new Intake(effect, settings.wait_for_result, limitBytes);
    this.timeoutMs = settings.timeout;
    this.limitBytes = limitBytes;
    this.overload = new RepeatedWarning(
      effect.logger,
      effect.clock,
      'requests are refused because as many as max_concurrent_requests allows are in work; ' +
        'raise it, or make what follows faster',
      { protocol, max_concurrent_requests: this.admission.limit },
    );
    this.lateness = new RepeatedWarning(
      effect.logger,
      effect.clock,
      'the pipeline did not answer requests within timeout, or the shorter time that the client gave; ' +
        'raise it, or make what follows faster',
      { protocol, timeoutMs: settings.timeout },
    );
    this.#signal = effect.signal;
  }

  /** Resolves when every request has its answer; those still open when the drain is cut short are refused. */
  async drained(): Promise<void> {
    const signal = this.#signal;
    const refuseAll = (): void => {
      for (const request of this.open) request.refuse(stopping);
    };
    const forced = Promise.withResolvers<void>();
    const force = (): void => {
      refuseAll();
      forced.resolve();
    };
    if (signal.aborted) return force();
    signal.addEventListener('abort', force, { once: true });
    await Promise.race([this.admission.idle(), forced.promise]);
    signal.removeEventListener('abort', force);
  }
}
