import type { AddressInfo, Server } from 'node:net';
import type { Clock } from '../../extension/clock.js';
import { namespaceOf, type ScopeName, scopeLabel } from '../../extension/scope.js';
import { type Listening, type ListenOptions, listening } from '../../pipeline/listening.js';
import type { ControlLink } from './control-link.js';
import type { EngineQuestions } from './questions.js';
import type { SharedServer } from './shared-ports.js';

/** How long changes of the number of connections are collected before they are told, in milliseconds. */
const REPORT_MS = 250;

/** Makes the receivers of a worker listen where those of the other workers listen. */
export class SharedListening {
  readonly #link: ControlLink<EngineQuestions>;
  readonly #clock: Clock;
  readonly #retire = new Map<string, () => boolean>();
  /** Of each address of a receiver the numbers of the servers that listen there. */
  readonly #numbers = new Map<string, Set<number>>();

  constructor(link: ControlLink<EngineQuestions>, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /** How the receivers of one pipeline listen. */
  of(pipeline: ScopeName): Listening {
    return {
      listen: (node, server, { host, port }, options) => {
        const at = `${namespaceOf(pipeline, 'receiver', node)}@${host}:${port}`;
        const receiver = `receiver '${node}' of ${scopeLabel(pipeline)}`;
        return this.#numbered(at, server, (number) =>
          this.#listen({ key: `${at}#${number}`, receiver, host, port }, server, options),
        );
      },
    };
  }

  /** Has a server say goodbye to one of its connections. */
  retireOne(key: string): void {
    this.#retire.get(key)?.();
  }

  /**
   * Gives a server the first number that no other one at the same address has, for as long as it listens: so all
   * workers number the servers of a receiver alike, also one that is started later, and one that listens once more.
   */
  async #numbered(
    at: string,
    server: Server,
    listen: (number: number) => Promise<AddressInfo>,
  ): Promise<AddressInfo> {
    const taken = this.#numbers.get(at) ?? new Set();
    this.#numbers.set(at, taken);
    let number = 1;
    while (taken.has(number)) number += 1;
    taken.add(number);
    try {
      const address = await listen(number);
      server.once('close', () => taken.delete(number));
      return address;
    } catch (error) {
      taken.delete(number);
      throw error;
    }
  }

  async #listen(shared: SharedServer, server: Server, { retireOne }: ListenOptions): Promise<AddressInfo> {
    const { key, host } = shared;
    const port = await this.#link.ask('port', shared);
    const address = await listening(server, { host, port, reusePort: true });
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
