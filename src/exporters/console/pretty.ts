import type { Pdata, Signal } from '../../authoring.js';
import type { ConsoleExporterSettings } from './config.js';
import { logLines } from './log-lines.js';
import { metricLines } from './metric-lines.js';
import { type ResourceGroup, resourceGroups, type Scope, type ScopeGroup } from './otlp-json.js';
import { printable } from './printable.js';
import { spanLines } from './span-lines.js';
import { columns, type Style } from './style.js';
import { attributesText, valueText } from './values.js';

const ITEM: Readonly<Record<Signal, string>> = { traces: 'span', metrics: 'data point', logs: 'log record' };

/**
 * A request for people: a line that says what it is, then a line for each record.
 *
 * @throws MalformedPayload
 */
export function prettyLines(pdata: Pdata, settings: ConsoleExporterSettings, style: Style): string[] {
  const groups = resourceGroups(pdata);
  const services = [...new Set(groups.map(serviceOf).filter((service) => service !== undefined))];
  const from = services.length === 0 ? '' : ` from ${services.join(', ')}`;
  const { itemCount } = pdata;
  const items = `${itemCount} ${ITEM[pdata.signal]}${itemCount === 1 ? '' : 's'}`;
  const header = `${style.strong(`${pdata.signal}${from}`)}: ${items}`;
  if (settings.verbosity === 'basic') return [header];
  const bar = style.faint(style.unicode ? '│' : '|');
  const lines = groups.flatMap((group) => groupLines(group, settings, style, services.length > 1));
  return [header, ...lines.map((line) => `${bar} ${line}`)];
}

function groupLines(
  group: ResourceGroup,
  settings: ConsoleExporterSettings,
  style: Style,
  nameService: boolean,
): string[] {
  const detailed = settings.verbosity === 'detailed';
  const lines = group.scopes.flatMap((scope) => [
    ...(detailed ? [scopeLine(scope.scope, style)] : []),
    ...recordLines(scope, settings, style),
  ]);
  if (detailed)
    return [columns('resource', style.faint(attributesText(group.resource?.attributes))), ...lines];
  const service = nameService ? serviceOf(group) : undefined;
  return service === undefined ? lines : lines.map((line) => columns(service, line));
}

function recordLines(scope: ScopeGroup, settings: ConsoleExporterSettings, style: Style): string[] {
  const detailed = settings.verbosity === 'detailed';
  const buckets = settings.pretty.histogram === 'raw';
  return [
    ...(scope.logRecords ?? []).flatMap((record) => logLines(record, style, detailed)),
    ...(scope.spans ?? []).flatMap((span) => spanLines(span, style, detailed)),
    ...(scope.metrics ?? []).flatMap((metric) => metricLines(metric, style, { detailed, buckets })),
  ];
}

function scopeLine(scope: Scope | undefined, style: Style): string {
  return columns(
    'scope',
    printable(scope?.name ?? '-'),
    printable(scope?.version ?? ''),
    style.faint(attributesText(scope?.attributes)),
  );
}

function serviceOf({ resource }: ResourceGroup): string | undefined {
  const name = resource?.attributes?.find(({ key }) => key === 'service.name');
  return name === undefined ? undefined : valueText(name.value);
}
