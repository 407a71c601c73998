export { NoopExporter } from './noop-exporter.js';
