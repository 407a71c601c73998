const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const NO_NAME = 'is not a header name; use letters, digits and "-"';
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** No header name is longer; servers give up on longer ones. */
const LONGEST_NAME = 256;

/** What a JSON Schema says of a name as it is written, in any case: as much as it can see. */
export const HEADER_NAME_SCHEMA: Readonly<Record<'pattern' | 'patternErrorMessage', string>> = {
  pattern: "^[!#$%&'*+\\-.^_`|~0-9A-Za-z]{1,256}$",
  patternErrorMessage: NO_NAME,
};

/** Characters of the longest header value: what most servers take for all headers together. */
export const LONGEST_HEADER_VALUE = 8_192;

/** Headers of one connection, which no message may carry through HTTP/2, and those that frame a message. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Why a name is none that a component may set; `undefined` when it is fine. Names are in lower case. */
export function headerNameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return NO_NAME;
  if (name.length > LONGEST_NAME) return `is longer than ${LONGEST_NAME} characters`;
  if (FRAMING.has(name)) return 'is set by the exporter itself and cannot be configured';
  return undefined;
}

/**
 * Why a name cannot be used for HTTP and gRPC alike: beside what `headerNameProblem` refuses, names that either
 * protocol keeps for itself, and binary metadata of gRPC, whose values are not text.
 */
export function sharedHeaderNameProblem(name: string): string | undefined {
  const problem = headerNameProblem(name);
  if (problem !== undefined) return problem;
  if (name === 'accept' || name === 'accept-encoding' || name === 'user-agent')
    return 'is set by the exporter itself and cannot be configured';
  if (name.startsWith('grpc-')) return 'is reserved by gRPC and cannot be configured';
  if (name.endsWith('-bin')) return 'would carry binary metadata, which is not supported';
  return undefined;
}

/** What is wrong with a name that stands a second time. */
export const REPEATED_HEADER = 'stands twice; header names do not know upper and lower case';

/** Where in a list of lower-case names one stands that stood before. */
export function repeatedNames(names: readonly string[]): readonly number[] {
  const seen = new Set<string>();
  return names.flatMap((name, index) => {
    if (seen.has(name)) return [index];
    seen.add(name);
    return [];
  });
}

/** Why a value cannot be sent; `undefined` when it can. Never shows the value. */
export function headerValueProblem(value: string): string | undefined {
  if (value.length > LONGEST_HEADER_VALUE) return `is longer than ${LONGEST_HEADER_VALUE} characters`;
  return VALUE.test(value) ? undefined : 'cannot be sent; use visible ASCII, with spaces inside only';
}
