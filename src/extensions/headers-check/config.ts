import {
  duration,
  HEADER_NAME_SCHEMA,
  headerValueProblem,
  LARGEST_METADATA,
  REPEATED_HEADER,
  repeatedNames,
  Secret,
  secret,
  sharedHeaderNameProblem,
  z,
} from '../../authoring.js';

/** As many as the metadata of data has room for, whatever each of them adds. */
const MOST_HEADERS = 8;
const MOST_ADDED = 4;

/** What can be compared: the text of a header. */
const READABLE = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

function checkedName() {
  return z
    .string()
    .toLowerCase()
    .regex(READABLE, 'is not a header name; use letters, digits and "-"')
    .refine((name) => !name.endsWith('-bin'), 'would carry binary metadata, which is not supported')
    .meta(HEADER_NAME_SCHEMA);
}

const added = z.record(z.string(), z.string()).transform((input, ctx): ReadonlyMap<string, Secret> => {
  const metadata = new Map<string, Secret>();
  for (const [written, value] of Object.entries(input)) {
    const name = written.toLowerCase();
    const unfit = headerValueProblem(value);
    const problem =
      (metadata.has(name) ? REPEATED_HEADER : undefined) ??
      sharedHeaderNameProblem(name) ??
      (unfit === undefined ? undefined : `has a value that ${unfit}`);
    if (problem === undefined) metadata.set(name, new Secret(value));
    else ctx.addIssue({ code: 'custom', message: problem, path: [written] });
  }
  if (metadata.size > MOST_ADDED) {
    ctx.addIssue({ code: 'custom', message: `must have at most ${MOST_ADDED} entries` });
  }
  return metadata;
});

/** A value that a request can have: another one would never admit anybody. */
function requestValue() {
  return secret().superRefine((value: Secret, ctx) => {
    const message = headerValueProblem(value.reveal());
    if (message !== undefined) ctx.addIssue({ code: 'custom', message });
  });
}

const admitted = z
  .strictObject({
    value: requestValue().optional().describe('The value that is admitted'),
    value_file: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .optional()
      .describe('File with the value that is admitted, followed when it changes'),
    metadata: added
      .optional()
      .describe('What the data of a request with this value carries along, such as the name of the tenant'),
  })
  .superRefine(({ value, value_file }, ctx) => {
    if (value === undefined && value_file === undefined) {
      ctx.addIssue({ code: 'custom', message: 'is missing: give value or value_file', path: ['value'] });
    }
    if (value !== undefined && value_file !== undefined) {
      ctx.addIssue({
        code: 'custom',
        message: 'stands beside value; give one of the two',
        path: ['value_file'],
      });
    }
  });

/** Characters of names and values in the largest metadata that one of them grants. */
function largestMetadata(values: readonly Pick<z.output<typeof admitted>, 'metadata'>[]): number {
  const sizes = values.map(({ metadata }) =>
    [...(metadata ?? [])].reduce((size, [name, value]) => size + name.length + value.reveal().length, 0),
  );
  return Math.max(0, ...sizes);
}

const header = z.strictObject({
  name: checkedName().describe('The header that a request must have, in any case'),
  admits: z
    .array(admitted)
    .min(1)
    .max(1_000)
    .superRefine((values, ctx) => {
      const seen = new Set<string>();
      const files = new Set<string>();
      const once = (among: Set<string>, text: string, path: [number, string]): void => {
        if (among.has(text)) ctx.addIssue({ code: 'custom', message: 'is admitted twice', path });
        among.add(text);
      };
      for (const [index, { value, value_file }] of values.entries()) {
        // What is no value for another reason is still the text that was written.
        if (value instanceof Secret) once(seen, value.reveal(), [index, 'value']);
        if (value_file !== undefined) once(files, value_file, [index, 'value_file']);
      }
    })
    .optional()
    .describe('The values that are admitted; any value unless given'),
  otherwise: z
    .enum(['unauthenticated', 'permission_denied'])
    .default('unauthenticated')
    .describe('How another value is refused: as a caller who is not known (401) or not permitted (403)'),
});

export const HeadersCheckConfig = z.strictObject({
  headers: z
    .array(header)
    .min(1)
    .max(MOST_HEADERS)
    .superRefine((headers, ctx) => {
      for (const index of repeatedNames(headers.map(({ name }) => name))) {
        ctx.addIssue({ code: 'custom', message: REPEATED_HEADER, path: [index, 'name'] });
      }
      const most = headers.reduce((sum, { admits }) => sum + largestMetadata(admits ?? []), 0);
      if (most > LARGEST_METADATA) {
        ctx.addIssue({
          code: 'custom',
          message: `grant up to ${most} characters of metadata to one request, and its data carries ${LARGEST_METADATA}`,
        });
      }
    })
    .describe('What a request must have to be let in: all of these'),
  poll_interval: duration({ positive: true }).prefault('5s').describe('How often files are looked at'),
});

export type HeadersCheckSettings = z.output<typeof HeadersCheckConfig>;
