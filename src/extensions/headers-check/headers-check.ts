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
  execution: 'local',
  config: HeadersCheckConfig,
  readiness: true,
})
export class HeadersCheck implements HttpServerMiddleware {
  readonly #errors: TraitErrorFactory;
  readonly #files: FollowedSecret[] = [];
  readonly #headers: readonly CheckedHeader[];
  readonly #log: Logger;
  /** All files have been read. */
  #open = false;

  constructor(
    @config() settings: HeadersCheckSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#errors = errors;
    this.#log = log;
    this.#headers = settings.headers.map(({ admits, name, otherwise }, at) => {
      if (admits === undefined) return { name, admitted: undefined, otherwise };
      const values = admits.map(({ metadata = NOTHING, value, value_file: path }, index): AdmittedValue => {
        const field = `headers[${at}].admits[${index}].${path === undefined ? 'value' : 'value_file'}`;
        if (path === undefined) return { field, metadata, current: () => value };
        const file = new FollowedSecret({
          path,
          field,
          pollIntervalMs: settings.poll_interval,
          clock,
          log,
          problemOf: (found) =>
            headerValueProblem(found.reveal()) ??
            // At the start all files are compared when all have been read.
            (this.#open ? rivalry(admitted.rivalOf(field, found, metadata)) : undefined),
        });
        this.#files.push(file);
        return { field, metadata, current: () => file.current };
      });
      const admitted = new AdmittedValues(values);
      return { name, admitted, otherwise };
    });
  }

  /** @throws Error when a file cannot be used at the start, or two of them hold one key of two tenants */
  async start(ctx: ExtensionContext): Promise<void> {
    await followSecrets(this.#files, {
      signal: ctx.signal,
      stopping: () => ctx.stopping(),
      ready: () => {
        this.#refuseRivals();
        this.#open = true;
        this.#warnOfGaps();
        ctx.ready();
      },
    });
  }

  #refuseRivals(): void {
    for (const { admitted } of this.#headers) {
      const rivals = admitted?.findRivals();
      if (rivals === undefined) continue;
      const [one, other] = rivals;
      throw new Error(
        `${one.field} and ${other.field} hold the same value with different metadata, so nobody can tell whose ` +
          'data it brings; give each a value of its own',
      );
    }
  }

  /** Metadata that is granted goes before what a client says, and what is not granted goes before nothing. */
  #warnOfGaps(): void {
    const checked = this.#headers.flatMap(({ admitted }) => admitted ?? []);
    for (const values of checked) {
      for (const name of values.names) {
        // Whoever is let in has a value of each header, so one header that always grants it is enough.
        if (checked.some((each) => each.fieldsWithout(name).length === 0)) continue;
        const fields = values.fieldsWithout(name);
        this.#log.warn(
          `${fields[0]} has no ${name} in its metadata, as others of the header have; whoever sends that value can ` +
            `claim any ${name} at a receiver whose include_headers names it`,
          { header: name, fields: fields.length },
        );
      }
    }
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

function rivalry(rival: AdmittedValue | undefined): string | undefined {
  if (rival === undefined) return undefined;
  return `is that of ${rival.field} too, which has other metadata; give each a value of its own`;
}

const NOTHING: ReadonlyMap<string, Secret> = new Map();

const ADMITTED: HeaderDecision = Object.freeze({ allowed: true });
