import type { ServerHttp2Stream } from 'node:http2';

/** Who serves a call and hears what becomes of its stream. */
export interface StreamListener {
  /** A part of the body. */
  received(chunk: Buffer): void;
  /** The body has ended; also said of a stream that was reset, wherever it was cut. */
  bodyEnded(): void;
  /** The stream is closed, for whatever reason. The last that is heard of it. */
  streamClosed(): void;
}

const listener = Symbol('listener');

interface ServedStream extends ServerHttp2Stream {
  [listener]?: StreamListener | undefined;
}

/**
 * Tells `by` what becomes of a stream. The platform keeps a closed stream through the quick collections, and with it all that
 * its listeners know. So these are the same for all streams, and know who listens by one link, which is cut at the end:
 * the call and its headers do not grow old with the stream.
 */
export function serveStream(stream: ServedStream, by: StreamListener): void {
  stream[listener] = by;
  // An error of a stream is always followed by 'close'.
  stream.on('error', ignore);
  stream.on('close', onClose);
}

/** Reads the body of a stream that is served. */
export function readStream(stream: ServerHttp2Stream): void {
  stream.on('data', onData);
  stream.on('end', onEnd);
}

function ignore(): void {}

function onData(this: ServedStream, chunk: Buffer): void {
  this[listener]?.received(chunk);
}

function onEnd(this: ServedStream): void {
  this[listener]?.bodyEnded();
}

function onClose(this: ServedStream): void {
  const by = this[listener];
  this[listener] = undefined;
  by?.streamClosed();
}
