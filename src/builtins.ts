import type { z } from 'zod';
import type { ConsoleExporterConfig } from './exporters/console/config.js';
import { ConsoleExporter } from './exporters/console/index.js';
import type { ErrorExporterConfig } from './exporters/error/config.js';
import { ErrorExporter } from './exporters/error/index.js';
import { NoopExporter } from './exporters/noop/index.js';
import type { OtlpGrpcExporterConfig } from './exporters/otlp-grpc/config.js';
import { OtlpGrpcExporter } from './exporters/otlp-grpc/index.js';
import type { OtlpHttpExporterConfig } from './exporters/otlp-http/config.js';
import { OtlpHttpExporter } from './exporters/otlp-http/index.js';
import type { CatalogSource } from './extension/catalog.js';
import type { AzureIdentityAuthConfig } from './extensions/azure-identity-auth/config.js';
import { AzureIdentityAuthExtension } from './extensions/azure-identity-auth/index.js';
import type { BearerTokenAuthConfig } from './extensions/bearer-token-auth/config.js';
import { BearerTokenAuth } from './extensions/bearer-token-auth/index.js';
import type { FileStorageConfig } from './extensions/file-storage/config.js';
import { FileStorage } from './extensions/file-storage/index.js';
import type { HeadersCheckConfig } from './extensions/headers-check/config.js';
import { HeadersCheck } from './extensions/headers-check/index.js';
import type { HeadersSetterConfig } from './extensions/headers-setter/config.js';
import { HeadersSetter } from './extensions/headers-setter/index.js';
import type { HttpPoolConfig } from './extensions/http-pool/config.js';
import { HttpPool } from './extensions/http-pool/index.js';
import type { OAuth2ClientAuthConfig } from './extensions/oauth2-client-auth/config.js';
import { OAuth2ClientAuth } from './extensions/oauth2-client-auth/index.js';
import type { RedisStorageConfig } from './extensions/redis-storage/config.js';
import { RedisStorage } from './extensions/redis-storage/index.js';
import type { TokenBucketConfig } from './extensions/token-bucket/config.js';
import {
  TokenBucket,
  TokenBucketPerConsumer,
  TokenBucketPerWorker,
} from './extensions/token-bucket/index.js';
import type { BatchProcessorConfig } from './processors/batch/config.js';
import { BatchProcessor } from './processors/batch/index.js';
import type { DedupProcessorConfig } from './processors/dedup/config.js';
import { DedupProcessor } from './processors/dedup/index.js';
import type { OtlpReceiverConfig } from './receivers/otlp/config.js';
import { OtlpReceiver } from './receivers/otlp/index.js';
import type { TrafficGeneratorConfig } from './receivers/traffic-generator/config.js';
import { TrafficGenerator } from './receivers/traffic-generator/index.js';

/** The components that ship with the engine. They import what authors import, so a plugin can do the same. */
export const builtIns: CatalogSource = {
  origin: 'built-in',
  exports: [
    OtlpReceiver,
    TrafficGenerator,
    BatchProcessor,
    DedupProcessor,
    ConsoleExporter,
    ErrorExporter,
    NoopExporter,
    OtlpGrpcExporter,
    OtlpHttpExporter,
    BearerTokenAuth,
    HeadersCheck,
    HeadersSetter,
    HttpPool,
    OAuth2ClientAuth,
    AzureIdentityAuthExtension,
    FileStorage,
    RedisStorage,
    TokenBucket,
    TokenBucketPerConsumer,
    TokenBucketPerWorker,
  ],
};

/** The configurations of the built-ins, as they stand in a file. */
export interface BuiltInConfigs {
  'receiver:otlp': z.input<typeof OtlpReceiverConfig>;
  'receiver:traffic_generator': z.input<typeof TrafficGeneratorConfig>;
  'processor:batch': z.input<typeof BatchProcessorConfig>;
  'processor:dedup': z.input<typeof DedupProcessorConfig>;
  'exporter:console': z.input<typeof ConsoleExporterConfig>;
  'exporter:error': z.input<typeof ErrorExporterConfig>;
  'exporter:noop': Record<string, never>;
  'exporter:otlp_grpc': z.input<typeof OtlpGrpcExporterConfig>;
  'exporter:otlp_http': z.input<typeof OtlpHttpExporterConfig>;
  'extension:bearer_token_auth': z.input<typeof BearerTokenAuthConfig>;
  'extension:http_pool': z.input<typeof HttpPoolConfig>;
  'extension:headers_check': z.input<typeof HeadersCheckConfig>;
  'extension:headers_setter': z.input<typeof HeadersSetterConfig>;
  'extension:oauth2_client_auth': z.input<typeof OAuth2ClientAuthConfig>;
  'extension:token_bucket': z.input<typeof TokenBucketConfig>;
  'extension:token_bucket_per_consumer': z.input<typeof TokenBucketConfig>;
  'extension:token_bucket_per_worker': z.input<typeof TokenBucketConfig>;
  'urn:microsoft:extension:azure_identity_auth': z.input<typeof AzureIdentityAuthConfig>;
  'extension:file_storage': z.input<typeof FileStorageConfig>;
  'extension:redis_storage': z.input<typeof RedisStorageConfig>;
}
