import { Container } from 'inversify';
import { BearerToken, BearerTokenProvider, Extension, Logger } from '../../../dist/authoring.js';
import { Capabilities } from '../../../dist/extension/capabilities.js';
import { lookUpComponent } from '../../../dist/extension/component.js';
import { silentLogger } from '../../../dist/extension/logger.js';
import { buildRegistry } from '../../../dist/extension/registry.js';

class FixedToken {
  #token = new BearerToken('bench');

  async getToken() {
    return this.#token;
  }

  async *tokenStream() {
    yield this.#token;
  }
}

Extension({
  urn: 'urn:bench:extension:fixed_token',
  description: 'One token.',
  traits: [BearerTokenProvider],
  execution: 'shared',
})(FixedToken);

/** What a node sees, made as the engine makes it. */
function capabilities() {
  const scope = new Container();
  scope.bind(Logger.id).toConstantValue(silentLogger);
  const { descriptor } = lookUpComponent(FixedToken);
  const plan = { name: 'auth', descriptor, componentClass: FixedToken, config: {} };
  const registry = buildRegistry([plan], scope);
  const consumer = { kind: 'exporter', id: 'out' };
  return new Capabilities(consumer, new Map([[BearerTokenProvider, 'auth']]), registry);
}

export function extensionBenchmarks() {
  const bound = capabilities();
  const direct = new FixedToken();
  return [
    {
      name: 'getExtension(Trait)',
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = bound.get(BearerTokenProvider);
        return last;
      },
    },
    {
      name: "getExtension(Trait, 'name')",
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = bound.get(BearerTokenProvider, 'auth');
        return last;
      },
    },
    {
      name: 'await getExtension(Trait).getToken()',
      run: async (n) => {
        let last;
        for (let i = 0; i < n; i++) last = await bound.get(BearerTokenProvider).getToken();
        return last;
      },
    },
    {
      name: 'await direct.getToken()',
      run: async (n) => {
        let last;
        for (let i = 0; i < n; i++) last = await direct.getToken();
        return last;
      },
    },
  ];
}
