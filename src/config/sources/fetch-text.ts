import { sourceProblems } from '../messages.js';
import { errorName } from './error-name.js';
import { decodeUtf8, sizeInWords, type TextOrProblem } from './read-text.js';

/** Fetches a configuration by one GET. Credentials in the URL go into the request and nowhere else. */
export async function fetchText(
  url: URL,
  limits: { readonly bytes: number; readonly ms: number },
): Promise<TextOrProblem> {
  const signal = AbortSignal.timeout(limits.ms);
  try {
    const response = await fetch(withoutCredentials(url), {
      headers: { accept: 'application/yaml, application/json, text/plain, */*', ...authorization(url) },
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { problem: sourceProblems.fetchStatus(response.status) };
    }
    const bytes = await bodyUpTo(response, limits.bytes);
    if (bytes === undefined) {
      return { problem: sourceProblems.tooLarge('the configuration', sizeInWords(limits.bytes)) };
    }
    const text = decodeUtf8(bytes);
    return text === undefined ? { problem: sourceProblems.notUtf8('the configuration') } : { text };
  } catch (error) {
    if (signal.aborted) return { problem: sourceProblems.fetchTimeout(limits.ms) };
    return { problem: sourceProblems.fetchFailed(reason(error)) };
  }
}

async function bodyUpTo(response: Response, most: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    total += chunk.length;
    if (total > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function authorization(url: URL): { readonly authorization?: string } {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** What went wrong below the failed fetch, which itself says nothing. */
function reason(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  const code = errorName(cause ?? error);
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    ENOTFOUND: 'the host is not known',
    EAI_AGAIN: 'the host could not be looked up',
    UND_ERR_SOCKET: 'the connection broke',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
    SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is not trusted',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is not trusted',
    CERT_HAS_EXPIRED: 'the certificate has expired',
  };
  return words[code] ?? code;
}
