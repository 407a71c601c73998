import type { Pdata, RequestMetadata, Signal } from '../../authoring.js';
import type { Ingress, OpenRequest } from './ingress.js';
import type { Arrived } from './intake.js';
import type { Charged, RateLimit } from './rate-limit.js';
import { valuesOf } from './raw-headers.js';
import {
  arrivedTooSlowly,
  overloaded,
  type Refusal,
  stopping,
  undecided,
  unlimitable,
  workedTooSlowly,
} from './refusals.js';

/** Whose turn it is in an exchange. */
type Turn = 'authorizer' | 'client' | 'limiter' | 'pipeline';

const LATE: Readonly<Record<Turn, Refusal>> = {
  authorizer: undecided,
  client: arrivedTooSlowly,
  limiter: unlimitable,
  pipeline: workedTooSlowly,
};

/**
 * One export request from its headers to its answer, whatever the protocol: a place in the admission, the
 * authorizer, the rate limiter, the body, the pipeline, in that order and under one deadline. A limiter that counts
 * what is in the body comes after it.
 */
export abstract class Exchange implements OpenRequest, Charged {
  deadline = Number.POSITIVE_INFINITY;
  place = 0;
  protected readonly ingress: Ingress;
  /** How long the client gives the request. Counts when it is less than the receiver does. */
  protected clientTimeoutMs = Number.POSITIVE_INFINITY;
  #turn: Turn = 'client';
  /** Headers that go with the data. */
  #metadata: RequestMetadata | undefined;
  /** Whether this holds a place in the admission. */
  #holdsPlace = false;
  #over = false;
  #ended: AbortController | undefined;
  #caller: string | undefined;

  constructor(ingress: Ingress) {
    this.ingress = ingress;
  }

  /** Whether there is nothing more to say: the answer was given, or the client is gone. */
  get over(): boolean {
    return this.#over;
  }

  get caller(): string | undefined {
    return this.#caller;
  }

  /** Made when it is first asked for: most requests wait for nothing that must be told. */
  ended(): AbortSignal {
    this.#ended ??= new AbortController();
    if (this.#over) this.#ended.abort();
    return this.#ended.signal;
  }

  /** Reads the headers, and lets the request in or refuses it. */
  begin(): void {
    const refusal = this.checkHeaders();
    if (refusal === undefined) this.#enter();
    else this.refuse(refusal);
  }

  /** Why the headers make the request impossible; `undefined` when they do not. */
  protected abstract checkHeaders(): Refusal | undefined;
  /** Somebody is being asked. What arrives meanwhile may be kept, but nothing said about it. */
  protected holdBody(): void {}
  /** The request may go on: read its body. */
  protected abstract readBody(): void;
  protected abstract answerAccepted(): void;
  protected abstract answerRefused(refusal: Refusal): void;
  /** Cuts the connection or stream: it cannot be answered. */
  protected abstract abandon(): void;
  protected abstract get signal(): Signal;
  /** Names and values of all headers in turn. */
  protected abstract get rawHeaders(): readonly string[];

  #enter(): void {
    const { admission, clock, guard, headerCheck, open, rateLimit } = this.ingress;
    if (!admission.enter()) {
      this.ingress.overload.report();
      this.refuse(overloaded(admission.limit));
      return;
    }
    this.#holdsPlace = true;
    this.deadline = clock.now() + Math.min(this.clientTimeoutMs, this.ingress.timeoutMs);
    open.add(this);
    if (guard === undefined && headerCheck === undefined && rateLimit?.countsRequests !== true) {
      this.#admit();
      return;
    }
    this.#turn = 'authorizer';
    this.holdBody();
    void this.#ask();
  }

  /** Asks all who must be asked, in one function, for every promise counts. Never rejects. */
  async #ask(): Promise<void> {
    const { guard, headerCheck, rateLimit } = this.ingress;
    if (guard !== undefined) {
      const outcome = await guard.check(valuesOf(this.rawHeaders, 'authorization'));
      if (outcome.refusal !== undefined) return this.#asked(outcome.refusal);
      this.#caller = outcome.caller;
    }
    if (headerCheck !== undefined) {
      const outcome = await headerCheck.check(this.signal, this.rawHeaders);
      if (outcome.refusal !== undefined) return this.#asked(outcome.refusal);
      this.#metadata = outcome.metadata;
    }
    // Last, so that nobody spends from a budget who may not send, and not for those who left.
    if (rateLimit?.countsRequests !== true || this.#over) return this.#asked(undefined);
    this.#turn = 'limiter';
    this.#asked(await rateLimit.chargeRequest(this));
  }

  #asked(refusal: Refusal | undefined): void {
    this.#turn = 'client';
    if (this.#over) this.#leave();
    else if (refusal === undefined) this.#admit();
    else this.refuse(refusal);
  }

  /** Whoever asked nobody or got a yes: keeps what goes with the data, and reads it. */
  #admit(): void {
    const outcome = this.ingress.headerCapture?.keep(this.rawHeaders, this.#metadata);
    if (outcome?.refusal !== undefined) {
      this.refuse(outcome.refusal);
      return;
    }
    if (outcome !== undefined) this.#metadata = outcome.metadata;
    this.readBody();
  }

  /** The whole message is there. */
  protected arrived(message: Arrived): void {
    this.#turn = 'pipeline';
    const { intake, rateLimit } = this.ingress;
    const charge =
      rateLimit === undefined || rateLimit.countsRequests
        ? undefined
        : (pdata: Pdata) => this.#charge(pdata, rateLimit);
    const verdict = intake.take(message, this.#metadata, charge);
    // As a rule nothing was waited for, and awaiting nothing would still cost a turn.
    if (verdict instanceof Promise) void verdict.then((refusal) => this.#taken(refusal));
    else this.#taken(verdict);
  }

  #taken(refusal: Refusal | undefined): void {
    this.#turn = 'client';
    if (this.#over) this.#leave();
    else this.#answer(refusal);
  }

  /** Never rejects. */
  async #charge(pdata: Pdata, rateLimit: RateLimit): Promise<Refusal | undefined> {
    this.#turn = 'limiter';
    const refusal = await rateLimit.chargeData(pdata, this);
    this.#turn = 'pipeline';
    // Whoever has an answer already was told that the data was not taken.
    return refusal ?? (this.#over ? stopping : undefined);
  }

  /** Answers with a refusal, unless the exchange is over. */
  refuse(refusal: Refusal): void {
    this.#answer(refusal);
  }

  /** The client is gone. What the pipeline has taken stays taken. */
  protected gone(): void {
    this.#end();
  }

  expire(): void {
    if (this.#turn === 'pipeline') this.ingress.lateness.report();
    this.refuse(LATE[this.#turn]);
  }

  /** The one place that answers, because what it throws would otherwise end the process. */
  #answer(refusal: Refusal | undefined): void {
    if (!this.#end()) return;
    try {
      if (refusal === undefined) this.answerAccepted();
      else this.answerRefused(refusal);
    } catch (error) {
      this.ingress.logger.error('answering a request failed; its connection is cut', { error });
      this.abandon();
    }
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#ended?.abort();
    this.ingress.open.delete(this);
    // While others still work on it the place stays taken, or a slow pipeline would be given ever more work.
    if (this.#turn === 'client') this.#leave();
    return true;
  }

  #leave(): void {
    if (!this.#holdsPlace) return;
    this.#holdsPlace = false;
    this.ingress.admission.leave();
  }
}
