import { connectionReason, peerText } from '../../authoring.js';

/** What a failed call is told, and whether the same call may succeed later. */
export interface RedisFailure {
  readonly reason: string;
  readonly retryable: boolean;
  /** Whether the server said so itself. If not, it may have done what was asked of it. */
  readonly answered: boolean;
  /** Whether the connection works, but another may serve better. */
  readonly reconnect: boolean;
}

/** There is no connection, or it broke. */
export class Disconnected extends Error {
  override readonly name = 'Disconnected';
}

/** More calls wait for an answer than memory should hold. Nothing of the call was sent. */
export class TooManyCalls extends Error {
  override readonly name = 'TooManyCalls';

  constructor(most: number) {
    super(`more than ${most} calls wait for its answer; wait for some to end before asking for more`);
  }
}

/** Another application uses the names. */
export class ForeignKey extends Error {
  override readonly name = 'ForeignKey';

  constructor(key: string) {
    super(`something else uses its key '${key}'; choose another key_prefix`);
  }
}

interface Meaning {
  readonly advice: string;
  readonly retryable: boolean;
  readonly reconnect?: boolean;
}

const credentials: Meaning = { advice: 'check username and password', retryable: false };
const overloaded: Meaning = { advice: 'it may serve again later', retryable: true };

/** The first words of Redis's errors that say something a user can act on. */
const meanings: Readonly<Record<string, Meaning>> = {
  WRONGPASS: credentials,
  NOAUTH: credentials,
  NOPERM: { advice: 'let the user use the commands and the keys; see the README', retryable: false },
  WRONGTYPE: { advice: 'something else uses its keys; choose another key_prefix', retryable: false },
  MOVED: { advice: 'a cluster is not supported; name a server of its own', retryable: false },
  CROSSSLOT: { advice: 'a cluster is not supported; name a server of its own', retryable: false },
  ERR: { advice: 'the server does not do what is asked of it', retryable: false },
  OOM: { advice: 'its memory is full; give it more, or keep less', retryable: true },
  MISCONF: { advice: 'it cannot write to its disk; see its log', retryable: true },
  NOREPLICAS: overloaded,
  LOADING: overloaded,
  BUSY: overloaded,
  TRYAGAIN: overloaded,
  // After a failover the name leads to another server.
  READONLY: { advice: 'it is a replica; name the one that takes writes', retryable: true, reconnect: true },
  MASTERDOWN: { ...overloaded, reconnect: true },
};

/** What went wrong when something was asked of a server. */
export function failureOf(error: unknown): RedisFailure {
  if (error instanceof ForeignKey) {
    return { reason: error.message, retryable: false, answered: true, reconnect: false };
  }
  if (error instanceof TooManyCalls) {
    return { reason: error.message, retryable: true, answered: true, reconnect: false };
  }
  const reply = replyIn(error);
  if (reply === undefined) {
    return { reason: connectionReason(error), retryable: true, answered: false, reconnect: false };
  }
  const { advice, retryable, reconnect = false } = meanings[reply.code] ?? overloaded;
  return {
    reason: `the server answers '${peerText(reply.text)}'; ${advice}`,
    retryable,
    answered: true,
    reconnect,
  };
}

/** An answer of the server in an error, or in the errors inside: a transaction has one for each command. */
function replyIn(error: unknown): { readonly code: string; readonly text: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('replies' in error && Array.isArray(error.replies)) {
    return error.replies.map(replyIn).find((reply) => reply !== undefined);
  }
  const code = /^[A-Z]{2,}(?= )/.exec(error.message)?.[0];
  if (code === undefined || !['ErrorReply', 'SimpleError', 'BlobError'].includes(error.constructor.name)) {
    return undefined;
  }
  return { code, text: error.message };
}
