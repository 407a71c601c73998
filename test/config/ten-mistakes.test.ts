// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { parseComponentConfig } from '../../src/config/component/parse-config.js';
import { duration, socketAddress } from '../../src/config/fields.js';
import { loadText, reported, shown } from './load-text.js';

const ReceiverConfig = z.strictObject({
  listening_addr: socketAddress(),
  timeout: duration().prefault('5s'),
  max_items: z.int().positive().default(10),
});

const TEXT = `version: otel_dataflow/v1
policies:
  channel_capacity: { pdata: -1 }
groups:
  default:
    pipeline: {}
    pipelines:
      main:
        extensions:
          auth: { type: exporter:noop }
        nodes:
          in:
            type: receiver:otlp
            config:
              listening_adr: 127.0.0.1:4317
              timeout: soon
              max_items: many
          in:
            type: receiver:otlp
          out:
            type: exportr:console
            config: { token: \${env:TOKEN} }
        connections:
          - from: in
`;

it('a file with ten mistakes gives ten diagnostics, each in its place', async () => {
  const loaded = await loadText(TEXT);
  for (const node of loaded.spec?.pipelines[0]?.nodes.values() ?? []) {
    parseComponentConfig(ReceiverConfig, node, loaded.diagnostics);
  }
  expect(reported(loaded)).toEqual([
    "3:30 invalid_value 'pdata' must be a whole number above zero",
    "6:5 unknown_field group 'default' has no field 'pipeline'; did you mean 'pipelines'?",
    "10:25 misplaced_component 'auth' is an exporter; move it to 'nodes:' of the pipeline",
    "15:15 unknown_field 'config' has no field 'listening_adr'; did you mean 'listening_addr'?",
    "16:24 invalid_value 'timeout' is not a duration; write it like 200ms, 30s, 5m or 24h",
    "17:26 invalid_value 'max_items': expected a number, found a string",
    "18:11 duplicate_key the key 'in' stands twice in this map, first in line 12",
    "21:19 invalid_urn 'exportr:console' is not a type; did you mean 'exporter:console'?",
    "22:30 undefined_variable the environment variable 'TOKEN' is not set; set it, or write ${env:TOKEN:-default}",
    "24:13 missing_field the field 'to' is missing in this connection",
  ]);
  expect(shown(loaded).endsWith('\n10 errors in the configuration')).toBe(true);
});
