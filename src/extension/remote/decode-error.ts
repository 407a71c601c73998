import { ExtensionError, type ExtensionErrorKind } from '../errors.js';
import type { ScopeName } from '../scope.js';
import { TraitError } from '../trait-error.js';
import { ErrorClass } from './encode-error.js';

/** What `encodeError` made of what was thrown, as this thread knows it. The parts come from another copy of this file. */
export function decodeError(parts: readonly unknown[], decode: (value: unknown) => unknown): unknown {
  if (parts[1] === ErrorClass.thrown) return decode(parts[2]);
  // As `encodeError` wrote them; the border between the threads is untyped.
  const [, kind, name, message, stack, code, causes, details] = parts as readonly [
    unknown,
    number,
    string,
    string,
    string,
    string | number | undefined,
    readonly [unknown] | undefined,
    readonly unknown[] | undefined,
  ];
  const cause = causes === undefined ? {} : { cause: decode(causes[0]) };
  const own = details ?? [];
  const error = build(kind, name, message, cause, kind === ErrorClass.aggregate ? own.map(decode) : own);
  if (error.message !== message) define(error, 'message', message);
  if (error.name !== name) define(error, 'name', name);
  if (code !== undefined) Object.assign(error, { code });
  define(error, 'stack', stack);
  return error;
}

function build(
  kind: number,
  name: string,
  message: string,
  cause: { cause?: unknown },
  details: readonly unknown[],
): Error {
  switch (kind) {
    case ErrorClass.trait: {
      const [extension, trait, retryable] = details as readonly [string, string, boolean];
      return new TraitError(extension, trait, message, { ...cause, retryable });
    }
    case ErrorClass.extension: {
      const [errorKind, extension, trait, scope, path] = details as readonly [
        ExtensionErrorKind,
        string | undefined,
        string | undefined,
        ScopeName | undefined,
        readonly string[],
      ];
      return new ExtensionError(errorKind, message, { extension, trait, scope, path, ...cause });
    }
    case ErrorClass.domException: {
      const error = new DOMException(message, name);
      if ('cause' in cause) define(error, 'cause', cause.cause);
      return error;
    }
    case ErrorClass.type:
      return new TypeError(message, cause);
    case ErrorClass.range:
      return new RangeError(message, cause);
    case ErrorClass.aggregate:
      return new AggregateError(details, message, cause);
    default:
      return new Error(message, cause);
  }
}

/** As the platform defines it: not shown among an object's own values. */
function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}
