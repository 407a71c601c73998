import { jsonToProtobuf, Pdata, type RequestMetadata } from '../../../src/authoring.js';
import { Request } from '../batch/request.js';

export interface LogOptions {
  readonly service?: string;
  readonly scope?: object;
  readonly metadata?: RequestMetadata;
}

/** A request of log records as OTLP/JSON has them, of one resource and one scope. */
export function logs(records: readonly object[], options: LogOptions = {}): Pdata {
  const { service = 'shop', scope = { name: 'lib' }, metadata } = options;
  const json = {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeLogs: [{ scope, logRecords: records }],
      },
    ],
  };
  return new Pdata('logs', jsonToProtobuf('logs', JSON.stringify(json)), undefined, metadata);
}

/** A record that says `body`, observed at another time whenever it is made. */
export function record(body: string, fields: object = {}): object {
  return {
    timeUnixNano: `${1_700_000_000_000_000_000n + BigInt(made++)}`,
    body: { stringValue: body },
    ...fields,
  };
}
let made = 0;

/** A request of records that say these words. */
export const saying = (...bodies: readonly string[]): Request =>
  new Request(logs(bodies.map((body) => record(body))));
