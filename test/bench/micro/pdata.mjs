import { countItems, mergePdata, Pdata, splitPdata, validatePayload } from '../../../dist/authoring.js';
import { RECORDS } from '../log-request.mjs';

const MERGED = 32;
const PART_RECORDS = 10;

/** What the data path does with a request on the wire, and how many records that is. */
export function pdataBenchmarks(request) {
  const parts = Array.from({ length: MERGED }, () => new Pdata('logs', request, RECORDS));
  const whole = new Pdata('logs', request, RECORDS);
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
      name: `mergePdata, ${MERGED} requests of ${RECORDS}`,
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
  ];
}
