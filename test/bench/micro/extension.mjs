import { BearerTokenProvider } from '../../../dist/authoring.js';
import { BenchScope, extensionClass } from './extension-scope.mjs';

export function extensionBenchmarks() {
  const { effect } = new BenchScope(extensionClass());
  return [
    {
      name: 'effect.getExtension(Trait)',
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = effect.getExtension(BearerTokenProvider);
        return last;
      },
    },
    {
      name: "effect.getExtension(Trait, 'name')",
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = effect.getExtension(BearerTokenProvider, 'auth');
        return last;
      },
    },
    {
      name: 'effect.findExtension(Trait)',
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = effect.findExtension(BearerTokenProvider);
        return last;
      },
    },
  ];
}
