export { ConsoleExporterConfig, type ConsoleExporterSettings } from './config.js';
export { ConsoleExporter } from './console-exporter.js';
