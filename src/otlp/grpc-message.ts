const NEEDS_ENCODING = /[^\x20-\x24\x26-\x7e]/u;
const UNSAFE = /[^\x20-\x24\x26-\x7e]+/gu;

/** Percent-encodes a text for the `grpc-message` trailer: printable ASCII stays, but for `%`. */
export function encodeGrpcMessage(text: string): string {
  if (!NEEDS_ENCODING.test(text)) return text;
  return text.replace(UNSAFE, (run) => {
    let encoded = '';
    for (const byte of Buffer.from(run, 'utf8')) {
      encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    }
    return encoded;
  });
}

/** Reads a `grpc-message` trailer. What is not a valid escape is kept as it is, as the gRPC protocol asks. */
export function decodeGrpcMessage(header: string): string {
  if (!header.includes('%')) return header;
  return header.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
