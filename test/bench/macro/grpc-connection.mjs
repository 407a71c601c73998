import { connect, constants } from 'node:http2';

/** One connection at a time. When the server asks to come back (GOAWAY), the next call opens another, as gRPC does. */
export class GrpcConnection {
  #address;
  #session;

  constructor(address) {
    this.#address = address;
  }

  /** Resolves when the server has accepted. @throws Error with the status when it did not */
  async call(headers, body) {
    // What a server that says goodbye has not looked at is sent again.
    while (!(await answered(this.#open(), headers, body)));
  }

  #open() {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#address);
      // Every call that was under way fails with it, and says so.
      this.#session.on('error', () => {});
    }
    return this.#session;
  }
}

/** Whether the server has looked at it. */
function answered(session, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let last = {};
    let failure;
    const seen = (received) => {
      last = received;
    };
    stream.on('response', seen).on('trailers', seen);
    stream.on('error', (error) => {
      failure = error;
    });
    stream.on('close', () => {
      const status = last['grpc-status'];
      if (status === '0') resolve(true);
      else if (status === undefined && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) resolve(false);
      else reject(failure ?? new Error(`refused: ${status} ${last['grpc-message'] ?? ''}`));
    });
    stream.resume();
    stream.end(body);
  });
}
