import type { CustomFetchOptions } from 'oauth4webapi';
import { type Dispatcher, request } from 'undici';
import { connectionReason, printable } from '../../authoring.js';
import { TokenRequestError } from './token-request-error.js';

/** No token response is longer. */
const LARGEST_RESPONSE_BYTES = 1_048_576;

/** Statuses with which a `Response` cannot have a body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

export type TokenPost = CustomFetchOptions<'POST', URLSearchParams>;

/**
 * Posts a token request and reads the whole answer, in memory that the limit bounds. Unlike `fetch` it decodes no
 * content-encoding: a few kilobytes that are compressed can stand for gigabytes.
 *
 * @throws TokenRequestError about an answer that is encoded, too large or cut off; else what the connection throws
 */
export async function postForm(href: string, init: TokenPost, dispatcher: Dispatcher): Promise<Response> {
  const { method, headers, signal } = init;
  // Follows no redirect: the credentials are for this server.
  const answer = await request(href, {
    method,
    headers: { ...headers, 'accept-encoding': 'identity' },
    body: init.body.toString(),
    dispatcher,
    ...(signal === undefined ? {} : { signal }),
  });
  const encoding = String(answer.headers['content-encoding'] ?? 'identity');
  if (encoding.toLowerCase() !== 'identity') {
    discard(answer.body);
    throw new TokenRequestError(
      `the token endpoint answered HTTP ${answer.statusCode} with content-encoding ${printable(encoding)}, ` +
        'which was not asked for; let it, or the proxy before it, answer uncompressed',
      answer.statusCode === 401,
    );
  }
  const bytes = await wholeBody(answer, signal);
  return new Response(WITHOUT_BODY.has(answer.statusCode) ? null : bytes, {
    status: answer.statusCode,
    headers: headersOf(answer, 'content-type', 'www-authenticate'),
  });
}

async function wholeBody(
  { body }: Dispatcher.ResponseData,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      total += chunk.length;
      // Leaving the loop ends the connection.
      if (total > LARGEST_RESPONSE_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new TokenRequestError(
      `the token endpoint's answer was cut off after ${total} bytes: ${printable(connectionReason(error))}`,
    );
  }
  if (total > LARGEST_RESPONSE_BYTES) {
    throw new TokenRequestError("the token endpoint's answer is no token response: it is larger than 1 MiB");
  }
  return Buffer.concat(chunks, total);
}

/** Ends the connection of an answer that is not read. */
function discard(body: Dispatcher.ResponseData['body']): void {
  // Ended early it emits an error, which says only that.
  body.on('error', () => {}).destroy();
}

function headersOf(answer: Dispatcher.ResponseData, ...names: readonly string[]): Headers {
  const headers = new Headers();
  for (const name of names) {
    for (const value of [answer.headers[name] ?? []].flat()) headers.append(name, value);
  }
  return headers;
}
