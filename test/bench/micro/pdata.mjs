import {
  countItems,
  jsonToProtobuf,
  mergePdata,
  Pdata,
  selectItems,
  splitPdata,
  validatePayload,
  visitLogRecords,
} from '../../../dist/authoring.js';
import { logRequestJson, RECORDS } from '../log-request.mjs';

const MERGED = 32;
const PART_RECORDS = 10;
const PART_BYTES = 8_192;

/** What the data path does with a request on the wire, and how many records that is. */
export function pdataBenchmarks(request) {
  const parts = Array.from({ length: MERGED }, () => new Pdata('logs', request, RECORDS));
  const whole = new Pdata('logs', request, RECORDS);
  const json = Buffer.from(logRequestJson());
  return [
    {
      name: `countItems, ${RECORDS} records`,
      records: RECORDS,
      run: (n) => {
        let items = 0;
        for (let i = 0; i < n; i++) items += countItems('logs', request);
        return items;
      },
    },
    {
      name: `validatePayload, ${RECORDS} records`,
      records: RECORDS,
      run: (n) => {
        let items = 0;
        for (let i = 0; i < n; i++) items += validatePayload('logs', request);
        return items;
      },
    },
    {
      name: `visitLogRecords, ${RECORDS} records`,
      records: RECORDS,
      run: (n) => {
        let bytes = 0;
        const visitor = {
          resourceLogs: () => {},
          scopeLogs: () => {},
          logRecord: (start, end) => {
            bytes += end - start;
          },
        };
        for (let i = 0; i < n; i++) visitLogRecords(whole, visitor);
        return bytes;
      },
    },
    {
      name: `jsonToProtobuf, ${RECORDS} records`,
      records: RECORDS,
      run: (n) => {
        let bytes = 0;
        for (let i = 0; i < n; i++) bytes += jsonToProtobuf('logs', json).length;
        return bytes;
      },
    },
    {
      name: `mergePdata, ${MERGED} requests of ${RECORDS}`,
      records: MERGED * RECORDS,
      run: (n) => {
        let bytes = 0;
        for (let i = 0; i < n; i++) bytes += mergePdata(parts).byteLength;
        return bytes;
      },
    },
    {
      name: `mergePdata and join, ${MERGED} requests of ${RECORDS}`,
      records: MERGED * RECORDS,
      run: (n) => {
        let bytes = 0;
        for (let i = 0; i < n; i++) bytes += mergePdata(parts).bytes.length;
        return bytes;
      },
    },
    {
      name: `splitPdata, ${RECORDS} records into tens`,
      records: RECORDS,
      run: (n) => {
        let pieces = 0;
        for (let i = 0; i < n; i++) pieces += splitPdata(whole, { maxItems: PART_RECORDS }).length;
        return pieces;
      },
    },
    {
      name: `splitPdata, ${RECORDS} records into ${PART_BYTES} bytes`,
      records: RECORDS,
      run: (n) => {
        let pieces = 0;
        for (let i = 0; i < n; i++) pieces += splitPdata(whole, { maxBytes: PART_BYTES }).length;
        return pieces;
      },
    },
    {
      name: `selectItems, every second of ${RECORDS} records`,
      records: RECORDS,
      run: (n) => {
        let kept = 0;
        for (let i = 0; i < n; i++) kept += selectItems(whole, (item) => item % 2 === 0).itemCount;
        return kept;
      },
    },
  ];
}
