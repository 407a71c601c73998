import {
  filterPayload,
  groupResources,
  jsonToProtobuf,
  mergePdata,
  Pdata,
  resourcesOf,
} from '../../../dist/authoring.js';
import { RECORDS } from '../log-request.mjs';

const RESOURCES = 10;
const METRICS = 20;
const POINTS_PER_METRIC = 5;
const POINTS = METRICS * POINTS_PER_METRIC;

/** Runs `visit` on each log record, and adds up what it returns. */
function sumOfRecords(pdata, visit) {
  let sum = 0;
  for (const resource of resourcesOf(pdata)) {
    for (const scope of resource.scopes()) {
      for (const record of scope.logRecords()) sum += visit(record);
    }
  }
  return sum;
}

/** What a node reads of a request without decoding it whole, and what it costs a record. */
export function viewBenchmarks(request) {
  const pdata = new Pdata('logs', request, RECORDS);
  const many = mergePdata(Array.from({ length: RESOURCES }, () => pdata));
  // Joined now, so that it is not the first turn's to do.
  void many.bytes;
  const metrics = new Pdata('metrics', metricsRequest(), POINTS);
  const repeated = (once) => (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += once();
    return sum;
  };
  const ofRecords = (name, visit) => ({
    name: `views: ${name} of ${RECORDS} records`,
    records: RECORDS,
    run: repeated(() => sumOfRecords(pdata, visit)),
  });
  return [
    {
      name: 'views: resourcesOf and an attribute of the resource',
      run: repeated(() => {
        let found = 0;
        for (const { attributes } of resourcesOf(pdata)) {
          if (attributes.get('service.name') === 'shop') found += 1;
        }
        return found;
      }),
    },
    ofRecords('nothing', () => 1),
    ofRecords('the severity', ({ severityNumber }) => severityNumber),
    ofRecords('the body', ({ body }) => body.length),
    ofRecords('one attribute', ({ attributes }) => attributes.get('url.path').length),
    ofRecords('an attribute that is not there,', ({ attributes }) => (attributes.has('audit.id') ? 1 : 0)),
    ofRecords('all attributes', ({ attributes }) => [...attributes].length),
    {
      name: `views: the value of ${POINTS} data points`,
      records: POINTS,
      run: repeated(() => {
        let sum = 0;
        for (const resource of resourcesOf(metrics)) {
          for (const scope of resource.scopes()) {
            for (const metric of scope.metrics()) for (const { value } of metric.dataPoints()) sum += value;
          }
        }
        return sum;
      }),
    },
    {
      name: `filterPayload by severity, all of ${RECORDS} records stay`,
      records: RECORDS,
      run: repeated(
        () => filterPayload(pdata, { logRecord: ({ severityNumber }) => severityNumber >= 9 }).itemCount,
      ),
    },
    {
      name: `filterPayload by an attribute, half of ${RECORDS} records stay`,
      records: RECORDS,
      run: repeated(() => {
        const logRecord = ({ attributes }) => Number(attributes.get('url.path').at(-1)) % 2 === 0;
        return filterPayload(pdata, { logRecord }).itemCount;
      }),
    },
    {
      name: `filterPayload by name, half of ${METRICS} metrics stay`,
      records: POINTS,
      run: repeated(
        () => filterPayload(metrics, { metric: ({ name }) => Number(name.at(-1)) % 2 === 0 }).itemCount,
      ),
    },
    {
      name: `groupResources, ${RESOURCES} resources of ${RECORDS} records into two`,
      records: RESOURCES * RECORDS,
      run: (n) => {
        let bytes = 0;
        for (let i = 0; i < n; i++) {
          let resources = 0;
          const byTurns = ({ attributes }) => {
            resources += 1;
            return `${attributes.get('service.name')} ${resources % 2}`;
          };
          for (const part of groupResources(many, byTurns).values()) bytes += part.byteLength;
        }
        return bytes;
      },
    },
  ];
}

/** Sums with data points of doubles and two attributes each, as an SDK would send them. */
function metricsRequest() {
  const string = (key, stringValue) => ({ key, value: { stringValue } });
  const dataPoints = Array.from({ length: POINTS_PER_METRIC }, (_, index) => ({
    startTimeUnixNano: '1700000000000000000',
    timeUnixNano: '1700000060000000000',
    asDouble: 1.5 * index,
    attributes: [string('http.request.method', 'GET'), string('http.route', `/api/v${index}/orders`)],
  }));
  const metrics = Array.from({ length: METRICS }, (_, index) => ({
    name: `http.server.request.count.${index}`,
    unit: '{request}',
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints },
  }));
  const scopeMetrics = [{ scope: { name: 'shop.http', version: '1.0.0' }, metrics }];
  const resource = { attributes: [string('service.name', 'shop')] };
  return jsonToProtobuf('metrics', JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] }));
}
