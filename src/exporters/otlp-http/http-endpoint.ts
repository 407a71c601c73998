import { otlpServices, type Signal, signals, z } from '../../authoring.js';

const EXPECTED = 'is not an http or https URL; write it like http://host:4318 or https://host:4318';

/** What a JSON Schema can see of it. */
const HTTP = '^\\s*[Hh][Tt][Tt][Pp][Ss]?:';

/** Where the requests of one signal go. */
export interface HttpEndpoint {
  readonly origin: string;
  /** The path, with the query that was configured. */
  readonly path: string;
  /** The address without its query, which may hold a key: what errors and logs show. */
  readonly shown: string;
}

/** A URL below which the paths of OTLP/HTTP are found. */
export function baseUrl() {
  return url((parsed) =>
    parsed.search === '' && parsed.hash === ''
      ? undefined
      : 'must not have a query; paths are appended to it. Give traces_endpoint and its like instead',
  );
}

/** The whole URL of one signal. */
export function signalUrl() {
  return url((parsed) => (parsed.hash === '' ? undefined : 'must not have a fragment (#); it is never sent'));
}

function url(refuses: (parsed: URL) => string | undefined) {
  return z
    .string()
    .meta({ title: 'url', pattern: HTTP })
    .transform((text, ctx): URL => {
      const parsed = URL.parse(text);
      let problem: string | undefined;
      if (parsed === null || !/^https?:$/.test(parsed.protocol)) problem = EXPECTED;
      else if (parsed.username !== '' || parsed.password !== '') {
        problem = 'must not contain a user or a password; bind a bearer_token_provider or use http.headers';
      } else problem = refuses(parsed);
      if (parsed !== null && problem === undefined) return parsed;
      ctx.addIssue({ code: 'custom', message: problem ?? EXPECTED });
      return z.NEVER;
    });
}

/** Where each signal goes: to its own URL, or to its path below the base URL. */
export function endpointsOf(
  settings: { readonly endpoint: URL } & {
    readonly [S in Signal as `${S}_endpoint`]?: URL | undefined;
  },
): Readonly<Record<Signal, HttpEndpoint>> {
  const found = signals.map((signal): [Signal, HttpEndpoint] => {
    const base = settings.endpoint;
    const target =
      settings[`${signal}_endpoint`] ??
      new URL(base.origin + base.pathname.replace(/\/+$/, '') + otlpServices[signal].httpPath);
    const { origin, pathname, search } = target;
    return [signal, { origin, path: pathname + search, shown: origin + pathname }];
  });
  return Object.fromEntries(found) as Record<Signal, HttpEndpoint>;
}
