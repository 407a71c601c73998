import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { otlpServices, ServingStatus, signals } from '../../authoring.js';
import { GRPC_PROTO } from './grpc-exchange.js';
import { HealthCall } from './health-call.js';
import type { Ingress } from './ingress.js';

const CHECK = '/grpc.health.v1.Health/Check';
const WATCH = '/grpc.health.v1.Health/Watch';

/** The empty name stands for the server as a whole; the others are what comes before the method in a path. */
const SERVICES: ReadonlySet<string> = new Set([
  '',
  ...signals.map((signal) => otlpServices[signal].grpcPath.split('/')[1] as string),
]);

/**
 * `grpc.health.v1.Health` (grpc/doc/health-checking.md): whether the receiver takes data. Anybody may ask, because
 * probes have no token, and it costs none of the places that requests have.
 */
export class HealthService {
  readonly #ingress: Ingress;
  readonly #isLeaving: (stream: ServerHttp2Stream) => boolean;
  readonly #watching = new Set<HealthCall>();
  #stopping = false;

  /** @param isLeaving whether a connection has been asked to go */
  constructor(ingress: Ingress, isLeaving: (stream: ServerHttp2Stream) => boolean) {
    this.#ingress = ingress;
    this.#isLeaving = isLeaving;
  }

  /** Whether a call is one of this service. */
  serves(headers: IncomingHttpHeaders): boolean {
    const path = headers[':path'];
    return (
      (path === CHECK || path === WATCH) &&
      headers[':method'] === 'POST' &&
      GRPC_PROTO.test(headers['content-type'] ?? '')
    );
  }

  begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    new HealthCall(this.#ingress, stream, headers, (call, service) => {
      const status = this.#statusOf(service);
      if (headers[':path'] === CHECK) call.answerOnce(service, status);
      else {
        this.#watching.add(call);
        stream.once('close', () => this.#watching.delete(call));
        call.tell(status);
        if (this.#isLeaving(stream)) call.endWatch();
      }
    }).begin();
  }

  /** The receiver drains: it says so from now on, and to those who watch. */
  stop(): void {
    this.#stopping = true;
    for (const call of this.#watching) call.tell(this.#statusOf(call.service));
  }

  /** A connection is asked to go. Watching has no end of its own, and would hold it for good. */
  leave(session: ServerHttp2Session): void {
    for (const call of this.#watching) {
      if (call.isOn(session)) call.endWatch();
    }
  }

  #statusOf(service: string): ServingStatus {
    if (!SERVICES.has(service)) return ServingStatus.SERVICE_UNKNOWN;
    return this.#stopping ? ServingStatus.NOT_SERVING : ServingStatus.SERVING;
  }
}
