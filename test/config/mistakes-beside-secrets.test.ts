// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { describe, expect, it } from '@jest/globals';
import { formatDiagnostics } from '../../src/config/report.js';
import { defaults } from '../../src/distribution.js';
import { planRequest } from '../../src/engine/options.js';
import { planEngine } from '../../src/engine/plan.js';

/** Stands where a secret would. */
const S = 'MARKq7Zx9';
/** Secrets that are numbers. */
const NUMBERS = ['9128374650912', '918273645'];

const pipeline = (extension: string, exporter = 'type: exporter:noop') => `version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        extensions:
${extension}
        nodes:
          in: { type: receiver:otlp, config: { protocols: { grpc: { listening_addr: 127.0.0.1:4317 } } } }
          out: { ${exporter} }
        connections:
          - { from: in, to: out }
`;
const extension = (type: string, config: string) =>
  pipeline(
    [`          login:`, `            type: extension:${type}`, '            config:']
      .concat(config.split('\n').map((line) => `              ${line}`))
      .join('\n'),
  );
const bearer = (config: string) => extension('bearer_token_auth', config);
const oauth2 = (rest: string) =>
  extension('oauth2_client_auth', `token_url: https://x/t\nclient_id: a\n${rest}`);
const tokenUrl = (url: string) =>
  extension('oauth2_client_auth', `token_url: ${url}\nclient_id: a\nclient_secret: b`);
const login = (line: string) => pipeline(`          login: ${line}`);
const grpc = (config: string) =>
  pipeline(
    '          login: { type: extension:bearer_token_auth, config: { token: x } }',
    `type: exporter:otlp_grpc, config: { ${config} }`,
  );
const http = (config: string) =>
  pipeline(
    '          login: { type: extension:bearer_token_auth, config: { token: x } }',
    `type: exporter:otlp_http, config: { endpoint: "http://127.0.0.1:1", ${config} }`,
  );

/** A mistake beside a secret, and a place that is reported. */
type Row = readonly [text: string, place: string];

const MISTAKES: Readonly<Record<string, readonly Row[]>> = {
  'a key that stands twice': [[bearer(`token: ${S}\ntoken: ${S}2`), '11:15 duplicate_key']],
  'tags, anchors and aliases': [
    [bearer(`token: !!${S} x`), '10:22 yaml_tag'],
    [bearer(`token: !${S}`), '10:22 yaml_tag'],
    [bearer(`token: &${S} x\nfoo: *${S}`), '11:15 unknown_field'],
    [bearer(`token: &${S}`), '10:15 invalid_value'],
    [bearer(`token: *${S}`), '10:22 invalid_alias'],
    [bearer(`token: *${S}x`), '10:22 invalid_alias'],
  ],
  'a missing blank or colon': [
    [oauth2(`client_secret:${S}`), '12:15 yaml_syntax'],
    [extension('oauth2_client_auth', `client_secret:${S}\ntoken_url: https://x/token`), '10:15 yaml_syntax'],
    [login(`{ type: extension:bearer_token_auth, config: { token:${S} } }`), '7:65 unknown_field'],
    [bearer(`token:${S}`), '9:13 invalid_value'],
    [bearer(`token = ${S}`), '9:13 invalid_value'],
    [bearer(`token=${S}`), '9:13 invalid_value'],
    [bearer(`${S}`), '9:13 invalid_value'],
    [login(`{ type: extension:bearer_token_auth, config: { token: a,${S} } }`), '7:74 unknown_field'],
    [login(`{ type: extension:bearer_token_auth, config: { token: a, ${S} } }`), '7:75 unknown_field'],
  ],
  'a misspelt name': [
    [bearer(`tokn: ${S}`), '10:15 unknown_field'],
    [bearer(`tokenn: ${S}`), '10:15 unknown_field'],
    [bearer(`TOKEN: ${S}`), '10:15 unknown_field'],
    [bearer(`authtoken: ${S}`), '9:13 invalid_value'],
    [oauth2(`passwort: ${S}`), '9:13 invalid_value'],
    [oauth2(`clientsecret: ${S}`), '12:15 unknown_field'],
    [oauth2(`clientSecret: ${S}`), '12:15 unknown_field'],
    [oauth2(`client_secert: ${S}`), '12:15 unknown_field'],
    [oauth2(`privatekey: ${S}`), '9:13 invalid_value'],
    [grpc(`grpc_endpoint: "http://127.0.0.1:1", header: { x-api: ${S} }`), '10:91 unknown_field'],
    [http(`htp: { heders: { x-api: ${S} } }`), '10:86 unknown_field'],
    [
      login(
        `{ type: extension:bearer_token_auth, confg: { token: ${S} }, config: { token: ${S}, bogus: 1 } }`,
      ),
      '7:55 unknown_field',
    ],
  ],
  'a block or lines with too little indentation': [
    [oauth2(`client_secret: |\n  aaa\n  ${S}\nbogus: 1`), '15:15 unknown_field'],
    [
      oauth2(`client_certificate_key: |\n  -----BEGIN PRIVATE KEY-----\n${S}\n  -----END PRIVATE KEY-----`),
      '14:15 yaml_syntax',
    ],
    [
      oauth2(`client_certificate_key: |`).replace(
        'client_certificate_key: |',
        `client_certificate_key: |\n-----BEGIN PRIVATE KEY-----\n${S}\n-----END PRIVATE KEY-----`,
      ),
      '13:1 yaml_syntax',
    ],
    [oauth2(`client_certificate_key: |\n    -----BEGIN PRIVATE KEY-----\n  ${S}: x\n`), '14:1 yaml_syntax'],
    [oauth2(`client_certificate_key: -----BEGIN PRIVATE KEY-----\n${S}\n-----END`), '13:15 yaml_syntax'],
  ],
  'another kind of value than is wanted': [
    [login(`{ type: extension:bearer_token_auth, config: ${S} }`), '7:55 invalid_value'],
    [login(`${S}`), '7:18 invalid_value'],
    [bearer(`token: { value: ${S} }`), '10:22 invalid_value'],
    [bearer(`token: [${S}]`), '10:22 invalid_value'],
    [bearer(`- token: ${S}`), '9:13 invalid_value'],
    [bearer(`token: 9128374650912`), '10:22 invalid_value'],
    [bearer(`token: "${S} with spaces"`), '10:22 invalid_value'],
    [oauth2(`client_secret: b\nendpoint_params: ${S}`), '13:32 invalid_value'],
    [oauth2(`client_secret: b\nendpoint_params: [${S}]`), '13:32 invalid_value'],
    [oauth2(`client_secret: b\nendpoint_params: { pin: 918273645, x: ${S} }`), '13:39 invalid_value'],
    [oauth2(`client_secret: b\nendpoint_params: { pin: { a: ${S} } }`), '13:39 invalid_value'],
    [
      oauth2(`client_secret: b\nendpoint_params: { client_secret: ${S}, assertion: ${S} }`),
      '13:32 invalid_value',
    ],
    [http(`http: { headers: "x-api: ${S}" }`), '10:103 invalid_value'],
    [bearer(`token_file: "${S}"\ntoken: x`), '10:27 invalid_value'],
  ],
  'a URL': [
    [tokenUrl(`https://user:${S}@x/token`), '10:26 invalid_value'],
    [tokenUrl(`https://${S}@x/token`), '10:26 invalid_value'],
    [tokenUrl(`http://x/token?api_key=${S}`), '10:26 invalid_value'],
    [tokenUrl(`"https://user:p/${S}@x/token"`), '10:26 invalid_value'],
    [
      grpc(`grpc_endpoint: "http://u:${S}@127.0.0.1:1", headers: { x-api: [${S}] , y: "a\\n${S}"}`),
      '10:69 invalid_value',
    ],
  ],
  'a mistake somewhere else': [
    [
      extension(
        'oauth2_client_auth',
        `grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer\ntoken_url: https://x/token\nclient_id: a\nclient_certificate_key: x\nclaims: { pw: ${S}, d: .nan }`,
      ),
      '14:43 invalid_value',
    ],
    [
      extension(
        'oauth2_client_auth',
        `grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer\ntoken_url: https://x/token\nclient_id: a\nclient_certificate_key: x\nclaims: { d: .nan, pw: ${S} }`,
      ),
      '14:28 invalid_value',
    ],
    [login(`{ type: extension:vault, config: { role: ${S} } }`), '7:26 unknown_type'],
    [http(`http: { headers: { x-api: ${S}, bad name: ${S} } }, bogus: 1`), '10:133 invalid_value'],
    [
      pipeline(
        `          login: { type: extension:bearer_token_auth, config: { token: "\${env:FOO:-${S}}", bogus: 2 } }`,
      ),
      '7:97 unknown_field',
    ],
    [bearer(`tokn: x # token ${S}`), '10:15 unknown_field'],
  ],
  'an expansion': [
    [bearer(`token: \${env:${S}`), '10:22 invalid_expansion'],
    [bearer(`token: \${${S}}`), '10:22 invalid_expansion'],
    [bearer(`token: \${vault:${S}}`), '10:22 invalid_expansion'],
    [bearer(`token: \${env:X Y:-${S}}`), '10:22 invalid_expansion'],
    [bearer(`token: \${env:X:-\${env:${S}}}`), '10:22 invalid_expansion'],
  ],
  'text that is not YAML': [
    [bearer(`token: "${S}`), '16:1 yaml_syntax'],
    [bearer(`token: "abc\n  ${S}\n  more`), '18:1 yaml_syntax'],
    [bearer(`token: '${S}`), '16:1 yaml_syntax'],
    [bearer(`token: "\\q${S}"`), '10:23 yaml_syntax'],
    [bearer(`token: "abc\n  \\q${S}"`), '11:17 yaml_syntax'],
    [login(`{ type: extension:bearer_token_auth, config: { token: ${S} }`), '8:9 yaml_syntax'],
    [bearer(`\ttoken: ${S}`), '10:15 yaml_syntax'],
    [bearer(`token:\t${S}\n\tbogus: 1`), '11:15 yaml_syntax'],
    [bearer(`token: ${S}\n...\n${S}`), '11:15 yaml_syntax'],
    [`${bearer(`token: a`)}---\ntoken: ${S}\n`, '16:1 multiple_documents'],
    [bearer(`token: abc: ${S}`), '10:22 yaml_syntax'],
    [bearer(`token: ${S}: x`), '10:22 yaml_syntax'],
    [bearer(`token: {${S}`), '11:9 yaml_syntax'],
    [bearer(`token: @${S}`), '10:22 yaml_syntax'],
    [bearer(`token: %${S}`), '10:22 yaml_syntax'],
    [bearer(`token: \`${S}`), '10:22 yaml_syntax'],
    [bearer(`token: ]${S}`), '10:22 yaml_syntax'],
    [bearer(`token: |${S}`), '10:23 yaml_syntax'],
    [bearer(`token: >${S}`), '10:23 yaml_syntax'],
    [bearer(`token: "abc"${S}`), '10:27 yaml_syntax'],
    [bearer(`token: 'abc'${S}`), '10:27 yaml_syntax'],
    [login(`{ type: extension:bearer_token_auth, config: { token: a]${S} } }`), '7:73 yaml_syntax'],
    [login(`{ type: extension:bearer_token_auth, config: { token: a}${S} } }`), '7:74 yaml_syntax'],
    [login(`{ type: extension:bearer_token_auth, config: { token: "a"${S} } }`), '7:75 yaml_syntax'],
  ],
};

describe('a configuration with a mistake beside a secret', () => {
  const rows = Object.entries(MISTAKES).flatMap(([what, all]) =>
    all.map(([text, place], index) => ({ what: `${what} (${index + 1})`, text, place })),
  );

  it.each(rows)('shows where, and not the secret: $what', async ({ text, place }) => {
    const request = planRequest(`yaml:${text}`, { set: [], plugins: [] }, defaults);
    const { diagnostics, sources } = await planEngine(request);
    const all = diagnostics.sorted();
    const shown = formatDiagnostics(all, sources);
    for (const secret of [S, ...NUMBERS]) expect(shown).not.toContain(secret);
    expect(all.map(({ location, code }) => `${location?.line}:${location?.column} ${code}`)).toContain(place);
  });
});
