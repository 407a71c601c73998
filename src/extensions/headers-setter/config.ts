import {
  duration,
  HEADER_NAME_SCHEMA,
  headerValueProblem,
  REPEATED_HEADER,
  repeatedNames,
  type Secret,
  secret,
  sharedHeaderNameProblem,
  z,
} from '../../authoring.js';

/** No request needs more, and what answers them limits the size of all headers together. */
const MOST_HEADERS = 32;

const SOURCES = ['value', 'value_file', 'from_metadata'] as const;

/** A lower-case header name that HTTP and gRPC both take from here. */
function headerName() {
  return z
    .string()
    .toLowerCase()
    .superRefine((name, ctx) => {
      const message = sharedHeaderNameProblem(name);
      if (message !== undefined) ctx.addIssue({ code: 'custom', message });
    })
    .meta(HEADER_NAME_SCHEMA);
}

/** A secret that a header can carry. */
function headerValue() {
  return secret().superRefine((value: Secret, ctx) => {
    const message = headerValueProblem(value.reveal());
    if (message !== undefined) ctx.addIssue({ code: 'custom', message });
  });
}

const header = z
  .strictObject({
    name: headerName().describe('The header, in any case; what the exporters set themselves is refused'),
    action: z
      .enum(['insert', 'update', 'upsert', 'delete'])
      .default('upsert')
      .describe(
        'insert: set it unless the request has it; update: only if it has it; upsert: in either case; delete: remove it',
      ),
    value: headerValue().optional().describe('The value'),
    value_file: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .optional()
      .describe('File with the value, followed when it changes'),
    from_metadata: headerName()
      .optional()
      .describe('Header of the request that brought the data, as its receiver kept it (include_headers)'),
    default: headerValue().optional().describe('The value for data that came without that header'),
  })
  .superRefine((fields, ctx) => {
    const issue = (field: string, message: string): void =>
      ctx.addIssue({ code: 'custom', message, path: [field] });
    const sources = SOURCES.filter((source) => fields[source] !== undefined);
    const [first, second] = sources;
    if (fields.action === 'delete') {
      if (first !== undefined) issue(first, 'has no use beside action: delete');
    } else if (first === undefined) {
      issue('value', 'is missing: give value, value_file or from_metadata');
    } else if (second !== undefined) {
      issue(second, `stands beside ${first}; give one of the two`);
    }
    if (fields.default !== undefined && fields.from_metadata === undefined) {
      issue('default', 'has a use beside from_metadata only');
    }
  });

export const HeadersSetterConfig = z.strictObject({
  headers: z
    .array(header)
    .min(1)
    .max(MOST_HEADERS)
    .superRefine((headers, ctx) => {
      for (const index of repeatedNames(headers.map(({ name }) => name))) {
        ctx.addIssue({ code: 'custom', message: REPEATED_HEADER, path: [index, 'name'] });
      }
    })
    .describe('What becomes of headers, each named once'),
  poll_interval: duration({ positive: true }).prefault('5s').describe('How often files are looked at'),
});

export type HeadersSetterSettings = z.output<typeof HeadersSetterConfig>;
export type HeaderSettings = HeadersSetterSettings['headers'][number];
