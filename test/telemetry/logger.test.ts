import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/authoring.js';
import type { Logger } from '../../src/extension/logger.js';
import { createLogger, type LogFormat } from '../../src/telemetry/logger.js';

/** What is written when `log` is given a logger of that format. */
async function written(format: LogFormat, log: (logger: Logger) => void): Promise<string> {
  let text = '';
  const destination = {
    write: (line: string) => {
      text += line;
    },
  };
  log(await createLogger({ format, level: 'debug', destination }));
  return text;
}

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

describe('the logger', () => {
  it('writes one JSON object a line for machines', async () => {
    const text = await written('json', (log) => log.child({ node: 'in' }).warn('slow', { ms: 12 }));
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      node: 'in',
      ms: 12,
      message: 'slow',
    });
  });

  it('writes time, level, message and fields for people', async () => {
    const text = await written('text', (log) => log.info('listening', { protocol: 'grpc' }));
    expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening \{"protocol":"grpc"\}\n$/);
  });

  it('says what is wrong with its cause apart from it', async () => {
    const cause = new Error('EADDRINUSE');
    const error = new Error('cannot listen', { cause });
    const { error: shown } = JSON.parse(await written('json', (log) => log.error('failed', { error })));
    expect(shown).toMatchObject({
      type: 'Error',
      message: 'cannot listen',
      cause: { message: 'EADDRINUSE' },
    });
  });

  it.each(['json', 'text'] as const)(
    'shows a secret as redacted in %s, wherever it stands',
    async (format) => {
      const secret = new Secret('hunter2');
      const error = Object.assign(new Error(`no entry with ${secret}`), { secret });
      const text = await written(format, (log) =>
        log.error('refused', { error, deep: { list: [secret] }, secret }),
      );
      expect(text).not.toContain('hunter2');
      expect(occurrences(text, '[REDACTED]')).toBeGreaterThanOrEqual(4);
    },
  );
});
