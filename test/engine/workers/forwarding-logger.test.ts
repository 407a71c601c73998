import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../src/authoring.js';
import { ControlLink } from '../../../src/engine/workers/control-link.js';
import { ForwardingLogger } from '../../../src/engine/workers/forwarding-logger.js';
import type { EngineQuestions } from '../../../src/engine/workers/questions.js';
import type { LogFields, Logger } from '../../../src/extension/logger.js';

/** The fields of the line that a worker logs, as they arrive at the engine. */
async function arriving(log: (logger: Logger) => void): Promise<LogFields> {
  const { port1, port2 } = new MessageChannel();
  const line = Promise.withResolvers<LogFields>();
  const answers: Pick<EngineQuestions, 'log'> = { log: ({ fields }) => line.resolve(fields) };
  const engine = new ControlLink(port1, answers, line.reject);
  const worker = new ControlLink<EngineQuestions>(port2, {}, line.reject);
  log(new ForwardingLogger(worker, { worker: 0 }));
  const fields = await line.promise;
  engine.close(new Error('the test is over'));
  return fields;
}

const badHeaders = { names: () => ['Bad Name\n'], reveal: () => 'x\ny' };

describe('a line that a worker logs', () => {
  it('arrives with its fields, those of the logger and those of the line', async () => {
    const fields = await arriving((logger) => logger.child({ a: [1] }).info('line', { b: { c: true } }));
    expect(fields).toEqual({ worker: 0, a: [1], b: { c: true } });
  });

  it.each([
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a function', () => 1, expect.stringContaining('Function')],
    ['a URL', new URL('http://host/path'), expect.stringContaining('http://host/path')],
    ['headers that no request can have', badHeaders, expect.stringContaining('names')],
  ])('has as text what cannot cross, wherever it was given: %s', async (_, value, shown) => {
    expect(await arriving((logger) => logger.info('line', { value }))).toEqual({ worker: 0, value: shown });
    expect(await arriving((logger) => logger.child({ value }).info('line'))).toEqual({
      worker: 0,
      value: shown,
    });
  });

  it('keeps its secrets beside what cannot cross', async () => {
    const secret = new Secret('hunter2');
    const fields = await arriving((logger) =>
      logger.child({ secret, date: new Date(0) }).info('line', { more: new Secret('hunter3'), f: () => {} }),
    );
    expect([fields['secret'], fields['more']].map((one) => one instanceof Secret)).toEqual([true, true]);
  });

  it('has all errors of an AggregateError', async () => {
    const error = new AggregateError([new TypeError('inner')], 'outer');
    const fields = await arriving((logger) => logger.error('line', { error }));
    expect((fields['error'] as AggregateError).errors).toEqual([new TypeError('inner')]);
  });
});
