/**
 * Bytes or JSON that are not the OTLP request that they claim to be. The message names the place (field path and
 * byte offset, or JSON path) and the fault, and never repeats content.
 */
export class MalformedPayload extends Error {
  override readonly name = 'MalformedPayload';
}
