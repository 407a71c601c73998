import { BearerTokenProvider, HttpConnectionPool } from '../../../dist/authoring.js';
import { BenchScope, extensionClass } from './extension-scope.mjs';

const REPLACEMENTS = 100;
const OTHER_CLASSES = 4;

/** What a consumer does. Each has loops of its own, so that the optimizer learns nothing from another's. */
const uses = [
  {
    name: 'await getToken()',
    trait: BearerTokenProvider,
    loop: () =>
      new Function(
        'extension',
        'n',
        `return (async () => {
          let last;
          for (let i = 0; i < n; i++) last = await extension.getToken();
          return last;
        })();`,
      ),
  },
  {
    name: 'getToken(), not awaited',
    trait: BearerTokenProvider,
    loop: () =>
      new Function(
        'extension',
        'n',
        `let last;
        for (let i = 0; i < n; i++) last = extension.getToken();
        return last;`,
      ),
  },
  {
    name: 'dispatcher(), synchronous',
    trait: HttpConnectionPool,
    loop: () =>
      new Function(
        'extension',
        'n',
        `let last;
        for (let i = 0; i < n; i++) last = extension.dispatcher();
        return last;`,
      ),
  },
];

const TRAINING = 20_000;

/** What has happened to the handle before; in this order, for what happened stays in the optimizer's feedback. */
const pasts = [
  { name: 'never replaced', arrange: async () => {} },
  {
    name: `after ${REPLACEMENTS} replacements under calls`,
    arrange: async ({ scope, handle, viaHandle }) => {
      for (let count = 0; count < REPLACEMENTS; count++) {
        const replacement = scope.beginReplacement();
        await viaHandle(handle, TRAINING / REPLACEMENTS);
        replacement.commit();
        await viaHandle(handle, TRAINING / REPLACEMENTS);
      }
    },
  },
  { name: 'while a replacement is prepared', arrange: async ({ scope }) => void scope.beginReplacement() },
  {
    name: `${OTHER_CLASSES + 1} classes behind the same code`,
    arrange: async ({ use, direct, viaHandle }) => {
      for (let other = 0; other < OTHER_CLASSES; other++) {
        const scope = new BenchScope(extensionClass());
        await direct(scope.instance(use.trait), TRAINING);
        await viaHandle(scope.effect.getExtension(use.trait), TRAINING);
      }
    },
  },
];

/** Calls through a handle beside the same calls without one. */
export function handleComparisons() {
  const componentClass = extensionClass();
  return pasts.flatMap((past) =>
    uses.map((use) => ({
      name: `${use.name}, ${past.name}`,
      prepare: async () => {
        const scope = new BenchScope(componentClass);
        const handle = scope.effect.getExtension(use.trait);
        const direct = use.loop();
        const viaHandle = use.loop();
        await past.arrange({ scope, handle, use, direct, viaHandle });
        const instance = scope.instance(use.trait);
        return { direct: (n) => direct(instance, n), compared: (n) => viaHandle(handle, n) };
      },
    })),
  );
}
