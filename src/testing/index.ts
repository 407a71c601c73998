/** Test one extension or one node alone, with any test runner. */

export type { HarnessOptions } from './build-engine.js';
export { type CapturedLine, CapturedLogger } from './captured-logger.js';
export { FakeClock } from './fake-clock.js';
export type { Harness } from './harness.js';
export { type PayloadOptions, testLogs, testMetrics, testTraces } from './payloads.js';
export { type Provided, provide } from './provided.js';
export { type ExtensionHarness, type ExtensionOptions, runExtension } from './run-extension.js';
export {
  type ExporterHarness,
  type ProcessorHarness,
  type ReceiverHarness,
  runExporter,
  runProcessor,
  runReceiver,
  type SenderOptions,
} from './run-node.js';
export type { Outgoing } from './stand-ins.js';
export {
  type Sent,
  TestEffectHandler,
  type TestEffectOptions,
} from './test-effect-handler.js';
export { TestExtensionContext } from './test-extension-context.js';
