import { expect, it } from '@jest/globals';
import { peerText, Secret } from '../../src/authoring.js';

it('the words of a peer stay on one line', () => {
  expect(peerText(' a\r\n\tb\u0000\u001b[31mc\u202ed ')).toBe('a b [31mc d');
});

it('the words of a peer are cut after 500 characters', () => {
  expect(peerText('x'.repeat(100_000))).toBe(`${'x'.repeat(500)}…`);
});

it('a secret that a peer echoes is not shown, also where the text is cut', () => {
  const secret = new Secret('hunter2-hunter2');
  expect(peerText('got Bearer hunter2-hunter2!', [undefined, secret])).toBe('got Bearer [REDACTED]!');
  expect(peerText(`${'x'.repeat(495)}hunter2-hunter2`, [secret])).not.toContain('hunt');
});
