import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';
import {
  decodeRpcStatus,
  decodeStatusDetails,
  encodeRpcStatus,
  encodeStatusDetails,
  GrpcStatus,
  MalformedPayload,
  type RpcStatus,
  rpcStatusFromJson,
  rpcStatusToJson,
} from '../../src/authoring.js';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
`);
const Status = root.lookupType('Status');
const RetryInfo = root.lookupType('RetryInfo');

const plain: RpcStatus = { code: GrpcStatus.INVALID_ARGUMENT, message: 'größer', retryDelayMs: undefined };
const throttled: RpcStatus = { code: GrpcStatus.UNAVAILABLE, message: 'later', retryDelayMs: 1_500 };
const statuses = [
  plain,
  throttled,
  { code: GrpcStatus.OK, message: '', retryDelayMs: undefined },
  { code: GrpcStatus.RESOURCE_EXHAUSTED, message: 'wait', retryDelayMs: 0 },
  { code: GrpcStatus.UNAVAILABLE, message: 'wait', retryDelayMs: 86_400_000 },
];

describe('google.rpc.Status', () => {
  it('is what another protobuf library writes and reads', () => {
    const value = RetryInfo.encode({ retryDelay: { seconds: 1, nanos: 500_000_000 } }).finish();
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value }];
    const theirs = Status.encode({ code: 14, message: 'later', details }).finish();
    expect(Buffer.from(encodeRpcStatus(throttled)).equals(theirs)).toBe(true);
    expect(decodeRpcStatus(theirs)).toEqual(throttled);
  });

  it.each(statuses)(
    'keeps $code "$message" $retryDelayMs in protobuf, in a trailer and in JSON',
    (status) => {
      expect(decodeRpcStatus(encodeRpcStatus(status))).toEqual(status);
      expect(decodeStatusDetails(encodeStatusDetails(status))).toEqual(status);
      expect(rpcStatusFromJson(rpcStatusToJson(status))).toEqual(status);
    },
  );

  it('is written as the JSON of protobuf', () => {
    expect(rpcStatusToJson(plain)).toBe('{"code":3,"message":"größer"}');
    expect(rpcStatusToJson(throttled)).toBe(
      '{"code":14,"message":"later","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}',
    );
  });

  it.each([86_400_001, 1e20, 2 ** 63 * 1_000, Number.POSITIVE_INFINITY])(
    'asks for a day at most in protobuf and in JSON, and not for %d ms',
    (retryDelayMs) => {
      const status = { ...throttled, retryDelayMs };
      const day = { ...throttled, retryDelayMs: 86_400_000 };
      expect(encodeRpcStatus(status)).toEqual(encodeRpcStatus(day));
      expect(rpcStatusToJson(status)).toBe(rpcStatusToJson(day));
      expect(rpcStatusToJson(day)).toContain('"retryDelay":"86400s"');
    },
  );

  it.each([
    ['86401', 86_400_000],
    ['9223372036854775807', 86_400_000],
    ['-1', 0],
    ['-9223372036854775808', 0],
  ])('is read as a delay within a day where a server asks for %s s', (seconds, ms) => {
    const value = RetryInfo.encode(RetryInfo.fromObject({ retryDelay: { seconds } })).finish();
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value }];
    const theirs = Status.encode({ code: 14, message: 'later', details }).finish();
    expect(decodeRpcStatus(theirs).retryDelayMs).toBe(ms);
  });

  it('is read as a delay within a day where a server asks for more in JSON', () => {
    const retryDelay = `${'9'.repeat(400)}s`;
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }];
    const read = rpcStatusFromJson(JSON.stringify({ code: 14, message: 'later', details }));
    expect(read?.retryDelayMs).toBe(86_400_000);
  });

  it('has less than a second in its fraction, whatever is rounded', () => {
    const almost = { ...throttled, retryDelayMs: 999.9999999 };
    expect(decodeRpcStatus(encodeRpcStatus(almost)).retryDelayMs).toBe(1_000);
    expect(rpcStatusToJson(almost)).toContain('"retryDelay":"1s"');
  });

  it('is read from a trailer without padding', () => {
    const trailer = encodeStatusDetails(throttled).replace(/=+$/, '');
    expect(decodeStatusDetails(trailer)).toEqual(throttled);
  });

  it('is read past details and fields that mean nothing here', () => {
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.BadRequest', value: Buffer.from([1, 2]) }];
    const bytes = Buffer.concat([
      Status.encode({ code: 3, message: 'no', details }).finish(),
      Buffer.from('2100000000000000004d00000000', 'hex'),
    ]);
    expect(decodeRpcStatus(bytes)).toEqual({ code: 3, message: 'no', retryDelayMs: undefined });
  });

  it.each(['08', '12ff01', '0b', 'ffffffffffffffffffffffff', '1a020a7f'])('is refused as bytes %s', (hex) => {
    expect(() => decodeRpcStatus(Buffer.from(hex, 'hex'))).toThrow(MalformedPayload);
  });

  it.each(['', 'oops', '[]', 'null', '{}', '"text"'])('is not the text %j', (text) => {
    expect(rpcStatusFromJson(text)).toBeUndefined();
  });
});
