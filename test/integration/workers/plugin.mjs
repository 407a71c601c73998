// Components for the tests of workers, in plain JavaScript: decorators are called as functions. Needs the built package.
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import {
  BearerToken,
  BearerTokenProvider,
  config,
  EffectHandler,
  Extension,
  inject,
  Logger,
  Processor,
  RateLimiter,
  z,
} from '../../../dist/index.js';

/** What the tickets of this thread end of. */
const ticketsEnd = Promise.withResolvers();

/** Ends its thread, or the tickets in it, when it is asked to, by a record with this text in it. */
export class Poisoned {
  constructor(settings, effect) {
    if (settings.refuse_when !== undefined && existsSync(settings.refuse_when))
      throw new Error('refused to be built');
    while (settings.block_when !== undefined && existsSync(settings.block_when));
    this.effect = effect;
  }

  async process(message) {
    const bytes = Buffer.from(
      message.pdata.bytes.buffer,
      message.pdata.bytes.byteOffset,
      message.pdata.bytes.byteLength,
    );
    if (bytes.includes('poison: exit')) process.exit(7);
    if (bytes.includes('poison: throw'))
      setImmediate(() => {
        throw new Error('thrown behind the back of all');
      });
    if (bytes.includes('poison: tickets')) ticketsEnd.reject(new Error('no tickets any more'));
    if (bytes.includes('poison: stuck')) {
      this.effect.logger.info('stuck from here on');
      for (;;);
    }
    await this.effect.send(message.pdata, { completion: message });
  }
}
config()(Poisoned, undefined, 0);
inject(EffectHandler)(Poisoned, undefined, 1);
Processor({
  urn: 'urn:test:processor:poisoned',
  description: 'Ends its thread when it is asked to.',
  config: z.strictObject({ refuse_when: z.string().optional(), block_when: z.string().optional() }),
})(Poisoned);

/** Takes a ticket for each message, by the bound limiter, and logs which one it got. */
export class Stamp {
  constructor(effect) {
    this.effect = effect;
    this.limiter = effect.getExtension(RateLimiter);
  }

  async process(message) {
    const decision = await this.limiter.take(1);
    this.effect.logger.info('stamped', { thread: threadId, ticket: decision.retryAfterMs });
    await this.effect.send(message.pdata, { completion: message });
  }
}
inject(EffectHandler)(Stamp, undefined, 0);
Processor({ urn: 'urn:test:processor:stamp', description: 'Stamps.', uses: [RateLimiter] })(Stamp);

const TicketsConfig = z.strictObject({
  from: z.number().default(1),
  fail: z.boolean().default(false),
  fail_in: z.number().optional(),
  exit: z.boolean().default(false),
  exit_in: z.number().optional(),
  exit_at_end: z.boolean().default(false),
  stuck: z.boolean().default(false),
  wait_for: z.string().optional(),
});

function tickets(execution) {
  const Tickets = class {
    constructor(settings, log) {
      this.settings = settings;
      this.next = settings.from;
      this.log = log;
      log.info('tickets created', { execution, thread: threadId, from: settings.from });
    }

    async start(ctx) {
      const { fail, fail_in, exit, exit_in, exit_at_end, stuck, wait_for } = this.settings;
      if (exit || exit_in === threadId) process.exit(9);
      if (stuck) this.log.info('stuck from here on');
      while (stuck);
      while (wait_for !== undefined && !existsSync(wait_for)) await setTimeout(5);
      if (fail || fail_in === threadId) throw new Error('no tickets today');
      ctx.ready();
      await Promise.race([ctx.stopping(), ticketsEnd.promise]);
      if (exit_at_end) process.exit(9);
    }

    async take() {
      return { outcome: 'later', retryAfterMs: this.next++ };
    }
  };
  config()(Tickets, undefined, 0);
  inject(Logger)(Tickets, undefined, 1);
  Extension({
    urn: `urn:test:extension:${execution}_tickets`,
    description: 'Gives tickets with ascending numbers.',
    traits: [RateLimiter],
    execution,
    config: TicketsConfig,
    readiness: true,
  })(Tickets);
  return Tickets;
}

export const SharedTickets = tickets('shared');
export const LocalTickets = tickets('local');

/** A shared provider of tokens that counts how it is asked. */
export class CountedTokens {
  constructor(log) {
    this.log = log;
  }

  async getToken() {
    this.log.info('asked for a token', { thread: threadId });
    return new BearerToken('counted', performance.now() + 3_600_000);
  }

  async *tokenStream() {
    this.log.info('asked for a stream', { thread: threadId });
    yield new BearerToken('counted', performance.now() + 3_600_000);
    await new Promise(() => {});
  }
}
inject(Logger)(CountedTokens, undefined, 0);
Extension({
  urn: 'urn:test:extension:counted_tokens',
  description: 'Counts how it is asked for tokens.',
  traits: [BearerTokenProvider],
  execution: 'shared',
})(CountedTokens);
