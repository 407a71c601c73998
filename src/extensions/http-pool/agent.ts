import { Agent, Pool } from 'undici';
import { AbandonableClient } from '../../authoring.js';
import type { HttpPoolSettings } from './config.js';
import type { Connector } from './connector.js';

/** An undici agent whose connections a connector makes, and may end when nobody uses them. */
export function makeAgent(settings: HttpPoolSettings, connector: Connector): Agent {
  const { max_connections_per_origin: perOrigin, max_connections: total = perOrigin } = settings;
  // More would only wait for each other.
  const connections = Math.min(perOrigin, total);
  const makeClient = (origin: URL, options: object): AbandonableClient => {
    const client: AbandonableClient = new AbandonableClient(origin, {
      ...options,
      connect: (target, callback) =>
        connector.connect(target, callback, {
          isIdle: () => client.stats.size === 0,
          patience: client.patience,
        }),
    });
    // Before the listener of the pool, which has the next request at hand.
    client.on('drain', () => connector.freed());
    return client;
  };
  return new Agent({
    pipelining: 1,
    keepAliveTimeout: settings.keep_alive_timeout,
    keepAliveMaxTimeout: settings.max_keep_alive_timeout,
    factory: (origin, options) => new Pool(origin, { ...options, connections, factory: makeClient }),
  });
}
