export { OtlpHttpExporterConfig, type OtlpHttpExporterSettings } from './config.js';
export { OtlpHttpExporter } from './otlp-http-exporter.js';
