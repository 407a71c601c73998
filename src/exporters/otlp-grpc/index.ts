export { OtlpGrpcExporterConfig, type OtlpGrpcExporterSettings } from './config.js';
export { OtlpGrpcExporter } from './otlp-grpc-exporter.js';
