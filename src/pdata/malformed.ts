/** Bytes or JSON that are not the OTLP request that they claim to be. */
export class MalformedPayload extends Error {
  override readonly name = 'MalformedPayload';
}
