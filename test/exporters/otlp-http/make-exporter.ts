import type { z } from 'zod';
import { BearerTokenProvider, HttpClientMiddleware, HttpConnectionPool } from '../../../src/authoring.js';
import { OtlpHttpExporter, OtlpHttpExporterConfig } from '../../../src/exporters/otlp-http/index.js';
import { type Clock, SystemClock } from '../../../src/extension/clock.js';
import { CapturedLogger, provide, TestEffectHandler } from '../../../src/testing/index.js';

export interface MadeExporter {
  readonly exporter: OtlpHttpExporter;
  readonly logger: CapturedLogger;
}

/** An exporter with its configuration read as the engine reads it. */
export function makeExporter(
  settings: z.input<typeof OtlpHttpExporterConfig>,
  options: {
    readonly clock?: Clock;
    readonly provider?: BearerTokenProvider;
    readonly middleware?: HttpClientMiddleware;
    readonly pool?: HttpConnectionPool;
  } = {},
): MadeExporter {
  const logger = new CapturedLogger();
  const effect = new TestEffectHandler({
    logger,
    clock: options.clock ?? new SystemClock(),
    extensions: [
      ...(options.provider === undefined ? [] : [provide(BearerTokenProvider, options.provider)]),
      ...(options.middleware === undefined ? [] : [provide(HttpClientMiddleware, options.middleware)]),
      ...(options.pool === undefined ? [] : [provide(HttpConnectionPool, options.pool)]),
    ],
  });
  return { exporter: new OtlpHttpExporter(OtlpHttpExporterConfig.parse(settings), effect), logger };
}

/** A signal that never aborts. */
export function noAbort(): AbortSignal {
  return new AbortController().signal;
}
