/** What the typed builder accepts and refuses; see extension.ts. */
import { ConsoleExporter } from '../../src/exporters/console/index.js';
import { type BuiltInConfigs, type ConfigBuilder, Engine } from '../../src/index.js';

export const good = (builder: ConfigBuilder<BuiltInConfigs>): ConfigBuilder<BuiltInConfigs> =>
  builder.pipeline('main', (p) =>
    p
      .extension('auth', 'extension:bearer_token_auth', { token: 't' })
      .receiver('in', 'receiver:otlp', { protocols: { grpc: {} } })
      .exporter(
        'out',
        'exporter:otlp_grpc',
        { grpc_endpoint: 'http://127.0.0.1:4317' },
        {
          capabilities: { bearer_token_provider: 'auth' },
        },
      )
      .exporter('show', ConsoleExporter)
      .connectOneOf('in', ['out', 'show']),
  );

export const wrong = (builder: ConfigBuilder<BuiltInConfigs>): ConfigBuilder<BuiltInConfigs> =>
  builder.pipeline('main', (p) =>
    p
      // @ts-expect-error a type that there is not
      .receiver('typo', 'receiver:oltp')
      // @ts-expect-error an exporter is no receiver
      .receiver('kind', 'exporter:console')
      // @ts-expect-error an exporter class is no processor
      .processor('class', ConsoleExporter)
      // @ts-expect-error a field that the component does not have
      .receiver('in', 'receiver:otlp', { protocol: {} })
      .exporter(
        'out',
        'exporter:noop',
        {},
        {
          // @ts-expect-error an extension that was not added
          capabilities: { bearer_token_provider: 'vault' },
        },
      )
      // @ts-expect-error a node that was not added
      .connect('in', 'uot'),
  );

export const engine: Promise<Engine> = Engine.compose(good);

/** Extensions of wider scopes, and one that uses another. */
export const scoped: Promise<Engine> = Engine.compose((builder) =>
  builder
    .extension('pool', 'extension:http_pool', {})
    .extension(
      'auth',
      'extension:oauth2_client_auth',
      { token_url: 'https://idp.example/token', client_id: 'c', client_secret: 's' },
      { capabilities: { http_connection_pool: 'pool' }, readiness_timeout: '10s' },
    )
    .group('edge', (group) =>
      group.extension('guard', 'extension:bearer_token_auth', { token: 't' }).pipeline('main', (p) =>
        p
          .receiver(
            'in',
            'receiver:otlp',
            { protocols: { grpc: {} } },
            { capabilities: { bearer_token_authorizer: 'guard' } },
          )
          .exporter(
            'out',
            'exporter:otlp_http',
            { endpoint: 'https://x.example' },
            { capabilities: { bearer_token_provider: 'auth' } },
          )
          .connect('in', 'out'),
      ),
    )
    .pipeline('other', (p) =>
      p
        .receiver(
          'in',
          'receiver:otlp',
          { protocols: { grpc: {} } },
          // @ts-expect-error an extension of another group
          { capabilities: { bearer_token_authorizer: 'guard' } },
        )
        .exporter('out', 'exporter:noop')
        .connect('in', 'out'),
    ),
);
