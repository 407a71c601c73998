import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ControlLink } from '../../../src/engine/workers/control-link.js';
import { PipelineError } from '../../../src/pipeline/errors.js';
import { thrownBy } from '../../extension/remote/connected.js';

/** What the tests ask. */
interface Asked {
  echo(value: unknown): unknown;
  fail(input: undefined): void;
}

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A link and the bare port at its other end. */
function bare() {
  const { port1, port2 } = new MessageChannel();
  const defects: Error[] = [];
  const told: unknown[] = [];
  const answers: Asked = { echo: (value) => told.push(value), fail: () => {} };
  const link = new ControlLink<Asked>(port1, answers, (error) => defects.push(error));
  closing.push(() => link.close(new Error('the test is over')));
  return { link, port: port2, defects, told };
}

/** A link to a side that fails with this value. */
function failing(thrown: unknown): ControlLink<Asked> {
  const { port1, port2 } = new MessageChannel();
  const defect = (error: Error): never => {
    throw error;
  };
  const link = new ControlLink<Asked>(port1, {}, defect);
  const answers: Asked = {
    echo: (value) => value,
    fail: () => {
      throw thrown;
    },
  };
  new ControlLink(port2, answers, defect);
  closing.push(() => link.close(new Error('the test is over')));
  return link;
}

/** As the other side would post something that this one cannot build. */
const unknown = { $: [99] };
const [ask, tell, answer, failure] = [0, 1, 2, 3];

describe('the line between an engine and a worker', () => {
  it('outlives what it cannot build of what it is told, and says so', async () => {
    const { port, defects, told } = bare();
    port.postMessage([[[tell, 0, 'echo', unknown]], undefined]);
    port.postMessage([[[ask, 1, 'echo', 'fine']], undefined]);
    await once(port, 'message');
    expect(defects.map(({ message }) => message)).toEqual(['a value came that this thread does not know']);
    expect(told).toEqual(['fine']);
  });

  it('answers what it is asked and cannot build with a failure', async () => {
    const { port } = bare();
    port.postMessage([[[ask, 7, 'echo', unknown]], undefined]);
    const [[messages]] = await once(port, 'message');
    expect(messages[0].slice(0, 3)).toEqual([failure, 7, 'echo']);
  });

  it.each([answer, failure])('fails what was asked when the answer cannot be built', async (op) => {
    const { link, port } = bare();
    const asked = thrownBy(link.ask('echo', 1));
    const [[messages]] = await once(port, 'message');
    port.postMessage([[[op, messages[0][1], 'echo', unknown]], undefined]);
    expect(await asked).toEqual(new TypeError('a value came that this thread does not know'));
  });

  it.each([
    [{ a: () => 1 }, 'something that is no Error (object)'],
    [() => 1, 'something that is no Error (function)'],
    ['a text', 'a text'],
    [new PipelineError('it failed', { cause: { a: () => 1 } }), 'it failed'],
    [new PipelineError('it failed', { cause: Symbol('s') }), 'it failed'],
  ])('hands on what was thrown, whatever it is: %p', async (thrown, message) => {
    expect(await thrownBy(failing(thrown).ask('fail', undefined))).toMatchObject({ message });
  });
});
