import type { AddressInfo, Server } from 'node:net';
import type { Clock } from '../../extension/clock.js';
import { namespaceOf, type ScopeName } from '../../extension/scope.js';
import {
  type ListenAddress,
  type Listening,
  type ListenOptions,
  listening,
} from '../../pipeline/listening.js';
import type { ControlLink } from './control-link.js';
import type { EngineQuestions } from './questions.js';

/** How long changes of the number of connections are collected before they are told, in milliseconds. */
const REPORT_MS = 250;

/** Makes the receivers of a worker listen where those of the other workers listen. */
export class SharedListening {
  readonly #link: ControlLink<EngineQuestions>;
  readonly #clock: Clock;
  readonly #retire = new Map<string, () => boolean>();

  constructor(link: ControlLink<EngineQuestions>, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /** How the receivers of one pipeline listen. */
  of(pipeline: ScopeName): Listening {
    return {
      listen: (node, server, address, options) =>
        this.#listen(
          `${namespaceOf(pipeline, 'receiver', node)}@${address.host}:${address.port}`,
          server,
          address,
          options,
        ),
    };
  }

  /** Has a server say goodbye to one of its connections. */
  retireOne(key: string): void {
    this.#retire.get(key)?.();
  }

  async #listen(
    key: string,
    server: Server,
    { host, port }: ListenAddress,
    { retireOne }: ListenOptions,
  ): Promise<AddressInfo> {
    const shared = await this.#link.ask('port', { key, host, port });
    const address = await listening(server, { host, port: shared, reusePort: true });
    if (retireOne !== undefined) {
      this.#retire.set(key, retireOne);
      this.#count(key, server);
    }
    return address;
  }

  /** Tells how many connections a server has, when that changes. */
  #count(key: string, server: Server): void {
    let open = 0;
    let due = false;
    const changed = (): void => {
      if (due) return;
      due = true;
      this.#clock.setTimeout(() => {
        due = false;
        this.#link.tell('connections', { key, open });
      }, REPORT_MS);
    };
    // Whoever listens takes part, also without a connection.
    changed();
    server.on('connection', (socket) => {
      open += 1;
      changed();
      socket.once('close', () => {
        open -= 1;
        changed();
      });
    });
  }
}
