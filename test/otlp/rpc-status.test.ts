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
