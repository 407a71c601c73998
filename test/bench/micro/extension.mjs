import { BearerTokenProvider } from '../../../dist/authoring.js';
import { BenchScope, extensionClass } from './extension-scope.mjs';

export function extensionBenchmarks() {
  const { capabilities } = new BenchScope(extensionClass());
  return [
    {
      name: 'getExtension(Trait)',
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = capabilities.getExtension(BearerTokenProvider);
        return last;
      },
    },
    {
      name: "getExtension(Trait, 'name')",
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = capabilities.getExtension(BearerTokenProvider, 'auth');
        return last;
      },
    },
    {
      name: 'findExtension(Trait)',
      run: (n) => {
        let last;
        for (let i = 0; i < n; i++) last = capabilities.findExtension(BearerTokenProvider);
        return last;
      },
    },
  ];
}
