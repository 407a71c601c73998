import { Container } from 'inversify';
import {
  BearerToken,
  BearerTokenProvider,
  Extension,
  HttpConnectionPool,
  Logger,
} from '../../../dist/authoring.js';
import { CallsInFlight } from '../../../dist/extension/calls-in-flight.js';
import { Capabilities } from '../../../dist/extension/capabilities.js';
import { lookUpComponent } from '../../../dist/extension/component.js';
import { buildRegistry } from '../../../dist/extension/registry.js';
import { NodeEffectHandler } from '../../../dist/pipeline/node-effect-handler.js';

/** A logger that drops everything. */
const silentLogger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

let classes = 0;

/** A class of its own each time: an asynchronous trait and a synchronous one. */
export function extensionClass() {
  class Fixed {
    #token = new BearerToken('bench');
    #dispatcher = {};

    async getToken() {
      return this.#token;
    }

    async *tokenStream() {
      yield this.#token;
    }

    dispatcher() {
      return this.#dispatcher;
    }
  }
  classes += 1;
  Extension({
    urn: `urn:bench:extension:fixed_${classes}`,
    description: 'One token and one dispatcher.',
    traits: [BearerTokenProvider, HttpConnectionPool],
    execution: 'local',
  })(Fixed);
  return Fixed;
}

/** A scope with one extension and a node that binds it, made as the engine makes them. */
export class BenchScope {
  /** What the node sees. */
  effect;
  #registry;
  #plan;

  constructor(componentClass) {
    const container = new Container();
    container.bind(Logger.id).toConstantValue(silentLogger);
    this.#plan = {
      name: 'auth',
      scope: { group: 'bench', pipeline: 'main' },
      descriptor: lookUpComponent(componentClass).descriptor,
      componentClass,
      config: {},
      written: {},
      capabilities: new Map(),
      used: true,
    };
    this.#registry = buildRegistry([this.#plan], container);
    const consumer = { kind: 'exporter', id: 'out', namespace: 'bench/main/exporter/out' };
    const binds = [BearerTokenProvider, HttpConnectionPool].map((trait) => [trait, 'auth']);
    const capabilities = new Capabilities(consumer, new Map(binds), this.#registry);
    this.effect = new NodeEffectHandler({ node: 'out', logger: silentLogger, capabilities });
  }

  /** Begins to replace the instance as the engine does: from here on calls are counted. */
  beginReplacement() {
    return this.#registry.own('auth').prepare(this.#plan, new CallsInFlight());
  }

  /** The instance behind the handles. */
  instance(trait) {
    return this.#registry.own('auth').bundle.find(trait);
  }
}
