/** Test one extension or one node alone, with any test runner. */
export { type CapturedLine, CapturedLogger } from './captured-logger.js';
export { FakeClock } from './fake-clock.js';
export { type Provided, provide } from './provided.js';
export {
  type Sent,
  TestEffectHandler,
  type TestEffectOptions,
} from './test-effect-handler.js';
export { TestExtensionContext } from './test-extension-context.js';
