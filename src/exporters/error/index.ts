export { ErrorExporterConfig, type ErrorExporterSettings } from './config.js';
export { ErrorExporter } from './error-exporter.js';
