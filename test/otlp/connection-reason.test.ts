import { expect, it } from '@jest/globals';
import { connectionReason } from '../../src/authoring.js';

it('the reason is the system’s own words, with its code', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  expect(connectionReason(refused)).toBe('connect ECONNREFUSED 127.0.0.1:1');
  const expired = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });
  expect(connectionReason(expired)).toBe('certificate has expired (CERT_HAS_EXPIRED)');
});

it('the reason of a host with several addresses is that of the first', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
  expect(connectionReason(new AggregateError([refused, new Error('other')]))).toBe(
    'connect ECONNREFUSED ::1:1',
  );
});

it('an error that says nothing itself gives the reason of its cause', () => {
  expect(connectionReason(new Error('', { cause: new Error('reset') }))).toBe('reset');
  expect(connectionReason('odd')).toBe('odd');
});
