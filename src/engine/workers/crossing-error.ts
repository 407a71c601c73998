import { ConfigError } from '../../config/config-error.js';
import type { Diagnostic } from '../../config/diagnostic.js';
import { noSource } from '../../config/location.js';
import { reasonOf } from '../../extension/errors.js';
import { isError } from '../../extension/remote/encode-error.js';
import { PipelineError } from '../../pipeline/errors.js';

/** An error of the engine on its way between threads, its class kept where who gets it looks at the class. */
type CrossingError =
  | { readonly class: 'pipeline'; readonly message: string; readonly cause: unknown }
  | { readonly class: 'config'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly class: 'several'; readonly message: string; readonly errors: readonly CrossingError[] }
  | { readonly class: 'other'; readonly error: unknown };

export function toCrossing(error: unknown): CrossingError {
  if (error instanceof AggregateError) {
    return { class: 'several', message: error.message, errors: error.errors.map(toCrossing) };
  }
  if (error instanceof ConfigError) return { class: 'config', diagnostics: error.diagnostics };
  if (error instanceof PipelineError) {
    return { class: 'pipeline', message: error.message, cause: error.cause && thrown(error.cause) };
  }
  return { class: 'other', error: thrown(error) };
}

/** Anything can be thrown, also what cannot cross; that it was thrown must arrive. */
const thrown = (value: unknown): unknown => (isError(value) ? value : reasonOf(value));

/** @param crossed what `toCrossing` made, from another thread */
export function fromCrossing(crossed: unknown): Error {
  const error = crossed as CrossingError;
  switch (error.class) {
    case 'several':
      return new AggregateError(error.errors.map(fromCrossing), error.message);
    case 'config':
      return new ConfigError(error.diagnostics, noSource);
    case 'pipeline':
      return new PipelineError(error.message, { cause: error.cause });
    case 'other':
      return error.error instanceof Error ? error.error : new Error(String(error.error));
  }
}
