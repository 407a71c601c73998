import {
  Clock,
  config,
  Extension,
  type ExtensionContext,
  FollowedSecret,
  followSecrets,
  type HeaderDecision,
  HttpServerMiddleware,
  headerValueProblem,
  type IncomingRequest,
  inject,
  Logger,
  type Secret,
  TraitErrorFactory,
} from '../../authoring.js';
import { type AdmittedValue, AdmittedValues } from './admitted-values.js';
import { HeadersCheckConfig, type HeadersCheckSettings } from './config.js';

interface CheckedHeader {
  readonly name: string;
  /** `undefined` when any value will do. */
  readonly admitted: AdmittedValues | undefined;
  readonly otherwise: 'unauthenticated' | 'permission_denied';
}

/** Lets in whose headers have the values that it knows, such as API keys, and says whose data it is. */
@Extension({
  urn: 'urn:otel:extension:headers_check',
  description:
    'Lets in requests whose headers have known values, such as API keys, and says whose data they bring.',
  traits: [HttpServerMiddleware],
  execution: 'shared',
  config: HeadersCheckConfig,
  readiness: true,
})
export class HeadersCheck implements HttpServerMiddleware {
  readonly #errors: TraitErrorFactory;
  readonly #files: FollowedSecret[] = [];
  readonly #headers: readonly CheckedHeader[];

  constructor(
    @config() settings: HeadersCheckSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#errors = errors;
    const follow = (path: string, field: string): FollowedSecret => {
      const file = new FollowedSecret({
        path,
        field,
        pollIntervalMs: settings.poll_interval,
        clock,
        log,
        problemOf: (value) => headerValueProblem(value.reveal()),
      });
      this.#files.push(file);
      return file;
    };
    this.#headers = settings.headers.map(({ admits, name, otherwise }, at) => {
      const values = admits?.map(({ metadata = NOTHING, value, value_file: path }, index): AdmittedValue => {
        if (path === undefined) return { current: () => value, metadata };
        const file = follow(path, `headers[${at}].admits[${index}].value_file`);
        return { current: () => file.current, metadata };
      });
      return { name, admitted: values === undefined ? undefined : new AdmittedValues(values), otherwise };
    });
  }

  /** @throws Error when a file cannot be used at the start */
  async start(ctx: ExtensionContext): Promise<void> {
    await followSecrets(this.#files, ctx);
  }

  async checkHeaders({ headers }: IncomingRequest): Promise<HeaderDecision> {
    let metadata: Map<string, Secret> | undefined;
    for (const { admitted, name, otherwise } of this.#headers) {
      const given = headers.get(name);
      if (given === undefined || given.reveal() === '') {
        return { allowed: false, reason: 'MissingCredential', message: `the header ${name} is required` };
      }
      if (admitted === undefined) continue;
      const found = admitted.find(given);
      if (found === undefined) {
        if (!admitted.known) {
          throw this.#errors.create(
            HttpServerMiddleware,
            `a value of the header '${name}' has not been read yet`,
          );
        }
        return otherwise === 'permission_denied'
          ? { allowed: false, reason: 'NotPermitted', message: `the header ${name} does not permit this` }
          : { allowed: false, reason: 'InvalidCredential', message: `the header ${name} is not valid` };
      }
      for (const [key, value] of found.metadata) {
        metadata ??= new Map();
        metadata.set(key, value);
      }
    }
    return metadata === undefined ? ADMITTED : { allowed: true, metadata };
  }
}

const NOTHING: ReadonlyMap<string, Secret> = new Map();

const ADMITTED: HeaderDecision = Object.freeze({ allowed: true });
