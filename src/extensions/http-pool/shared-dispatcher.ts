import { type Agent, Dispatcher } from 'undici';
import { Abandoned } from './attempt.js';

/** An agent as its consumers see it: what one of them may do to it is send. */
export class SharedDispatcher extends Dispatcher {
  readonly #agent: Agent;

  constructor(agent: Agent) {
    super();
    this.#agent = agent;
    agent.on('connect', (origin, targets) => this.emit('connect', origin, targets));
    agent.on('disconnect', (origin, targets, error) => this.emit('disconnect', origin, targets, error));
    agent.on('connectionError', (origin, targets, error) => {
      // Consumers take it for a sign that the server cannot be reached.
      if (error instanceof Abandoned) return;
      this.emit('connectionError', origin, targets, error);
    });
    agent.on('drain', (origin) => this.emit('drain', origin));
    // One listener for each consumer: their number is no sign of a leak.
    this.setMaxListeners(0);
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#agent.dispatch(options, handler);
  }

  /** @throws TypeError always */
  override close(): never {
    throw notYours();
  }

  /** @throws TypeError always */
  override destroy(): never {
    throw notYours();
  }
}

function notYours(): TypeError {
  return new TypeError(
    'this dispatcher belongs to the http_connection_pool, which closes it; others send on it too',
  );
}
