import { headerValueProblem, sharedHeaderNameProblem } from '../pdata/header-rules.js';
import {
  type ForwardedHeaders,
  type HeaderChange,
  type HttpClientMiddleware,
  type OutgoingRequest,
  Secret,
} from '../traits/index.js';
import { peerText } from './peer-text.js';

/** A middleware that wants more is broken. */
const MOST_CHANGES = 128;

/** The middleware failed, asked for something that cannot be done, or did not answer in time. */
export class MiddlewareFailure extends Error {
  override readonly name = 'MiddlewareFailure';
}

/**
 * Asks what becomes of the headers of one request.
 *
 * @param signal gives up waiting
 * @returns changes that can be made: of headers that are not the client's own, to values that can be sent
 * @throws MiddlewareFailure saying why, without any value
 */
export async function askForHeaderChanges(
  middleware: HttpClientMiddleware,
  request: OutgoingRequest,
  signal: AbortSignal,
): Promise<readonly HeaderChange[]> {
  let changes: readonly HeaderChange[];
  try {
    changes = await untilAborted(signal, middleware.changeHeaders(request));
  } catch (cause) {
    if (cause instanceof MiddlewareFailure) throw cause;
    const reason = peerText(
      cause instanceof Error ? cause.message : String(cause),
      secretsOf(request.metadata),
    );
    // Without its cause, whose message may hold what was cleared from this one.
    throw new MiddlewareFailure(`the http_client_middleware failed: ${reason}`);
  }
  const problem = problemOf(changes);
  if (problem !== undefined) throw new MiddlewareFailure(`the http_client_middleware ${problem}`);
  return changes;
}

/** Makes the changes, in their order. Names are in lower case, in `headers` too. */
export function applyHeaderChanges(headers: Record<string, unknown>, changes: readonly HeaderChange[]): void {
  for (const change of changes) {
    const { name } = change;
    if (change.action === 'delete') {
      delete headers[name];
      continue;
    }
    const exists = Object.hasOwn(headers, name) && headers[name] !== undefined;
    if (change.action === 'insert' ? !exists : change.action === 'upsert' || exists) {
      headers[name] = change.value.reveal();
    }
  }
}

/** The values that changes carry: what a server may echo and no message may show. */
export function secretsOfChanges(changes: readonly HeaderChange[]): Secret[] {
  return changes.flatMap((change) => (change.action === 'delete' ? [] : [change.value]));
}

function secretsOf(metadata: ForwardedHeaders | undefined): Secret[] {
  return [...(metadata?.names() ?? [])].map((name) => new Secret(metadata?.reveal(name) ?? ''));
}

const ACTIONS: readonly unknown[] = ['insert', 'update', 'upsert', 'delete'];

/** What is wrong with an answer; a middleware may be written in JavaScript, so nothing about it is certain. */
function problemOf(changes: readonly HeaderChange[]): string | undefined {
  if (!Array.isArray(changes)) return 'did not answer with a list of changes';
  if (changes.length > MOST_CHANGES) return `wants more than ${MOST_CHANGES} changes`;
  for (const change of changes as readonly HeaderChange[]) {
    if (typeof change?.name !== 'string' || !ACTIONS.includes(change.action)) {
      return 'answered with something that is no change of a header';
    }
    const problem = sharedHeaderNameProblem(change.name);
    if (problem !== undefined)
      return `wants to change the header '${peerText(change.name)}', which ${problem}`;
    if (change.action === 'delete') continue;
    const unfit =
      change.value instanceof Secret ? headerValueProblem(change.value.reveal()) : 'is not a Secret';
    if (unfit !== undefined) return `gave the header '${change.name}' a value that ${unfit}`;
  }
  return undefined;
}

async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void =>
    aborted.reject(new MiddlewareFailure('the http_client_middleware did not answer in time'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
