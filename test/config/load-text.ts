import { type ConfigOverrides, type LoadedConfig, loadConfig } from '../../src/config/load.js';
import { formatDiagnostics } from '../../src/config/report.js';

/** Loads a configuration given as text, with an empty environment unless told otherwise. */
export function loadText(text: string, overrides: ConfigOverrides = {}): Promise<LoadedConfig> {
  return loadConfig([`yaml:${text}`], { env: {}, ...overrides });
}

/** What was reported, one `line:column code message` each, in order. */
export function reported({ diagnostics }: LoadedConfig): readonly string[] {
  return diagnostics.sorted().map(({ location, code, message }) => {
    const place = location === undefined ? '-' : `${location.line}:${location.column}`;
    return `${place} ${code} ${message}`;
  });
}

/** What a terminal shows. */
export function shown(loaded: LoadedConfig): string {
  return formatDiagnostics(loaded.diagnostics.sorted(), loaded.sources);
}

/** A sound configuration. With `nodes`, its nodes are these lines, indented by eight. */
export function pipelineText(nodes = 'in: { type: receiver:otlp }'): string {
  return [
    'version: otel_dataflow/v1',
    'groups:',
    '  default:',
    '    pipelines:',
    '      main:',
    '        nodes:',
    ...nodes.split('\n').map((line) => `          ${line}`),
  ].join('\n');
}
