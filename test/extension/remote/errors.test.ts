import { describe, expect, it } from '@jest/globals';
import { TraitError } from '../../../src/authoring.js';
import { ExtensionError } from '../../../src/extension/errors.js';
import { connect, Echo, thrownBy } from './connected.js';

/** What arrives of what an instance throws. */
async function thrownAcross(thrown: unknown): Promise<Error> {
  using connected = connect(Echo, {
    say: () => Promise.reject(thrown),
    items: async function* () {},
  });
  return (await thrownBy(connected.stub.say())) as Error;
}

class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';
}

describe('an error that an instance throws at another thread', () => {
  it('stays a TraitError with all that it says', async () => {
    const thrown = new TraitError('x', 'echo', 'the disk is full', {
      retryable: false,
      cause: new RangeError('no room'),
    });
    const arrived = (await thrownAcross(thrown)) as TraitError;
    expect(arrived).toBeInstanceOf(TraitError);
    expect(arrived.message).toBe("extension 'x' (echo): the disk is full");
    expect([arrived.name, arrived.extension, arrived.trait, arrived.retryable]).toEqual([
      'TraitError',
      'x',
      'echo',
      false,
    ]);
    expect(arrived.stack).toBe(thrown.stack);
    expect(arrived.cause).toBeInstanceOf(RangeError);
    expect((arrived.cause as Error).message).toBe('no room');
  });

  it('stays an ExtensionError with all that it says', async () => {
    const thrown = new ExtensionError('CreationFailed', 'it could not be created', {
      extension: 'x',
      scope: { group: 'default' },
      trait: 'echo',
      path: ["exporter 'out'"],
    });
    const arrived = (await thrownAcross(thrown)) as ExtensionError;
    expect(arrived).toBeInstanceOf(ExtensionError);
    expect({ ...arrived }).toEqual({ ...thrown });
    expect('cause' in arrived).toBe(false);
  });

  it.each([TypeError, RangeError])('stays a %p', async (Class) => {
    const arrived = await thrownAcross(new Class('a key must be a text'));
    expect(arrived).toBeInstanceOf(Class);
    expect([arrived.name, arrived.message]).toEqual([Class.name, 'a key must be a text']);
  });

  it.each(['AbortError', 'TimeoutError'])('stays a DOMException of the name %s', async (name) => {
    const arrived = await thrownAcross(new DOMException('too late', name));
    expect(arrived).toBeInstanceOf(DOMException);
    expect([arrived.name, arrived.message]).toEqual([name, 'too late']);
  });

  it('stays an AggregateError with its errors, of which each is what it was, but not for ever', async () => {
    const inner = new TypeError('a key must be a text', { cause: new RangeError('no room') });
    const arrived = (await thrownAcross(
      new AggregateError([inner, 'a text', () => {}], 'all of them', { cause: inner }),
    )) as AggregateError;
    expect(arrived).toBeInstanceOf(AggregateError);
    expect([arrived.message, arrived.cause]).toEqual(['all of them', inner]);
    expect(arrived.errors.map(String)).toEqual([
      'TypeError: a key must be a text',
      'a text',
      'Error: something that cannot be handed to another thread (function)',
    ]);
    expect(arrived.errors[0]).toBeInstanceOf(TypeError);
    expect(arrived.errors[0].cause).toEqual(new RangeError('no room'));
    const circle = new AggregateError([], 'a circle');
    circle.errors.push(circle);
    let depth = 0;
    for (let at = await thrownAcross(circle); at instanceof AggregateError; at = at.errors[0]) depth++;
    expect(depth).toBe(9);
  });

  it('of any other class is an Error with its name, message, stack and code', async () => {
    const thrown = Object.assign(new QuotaExceeded('no more today'), { code: 'QUOTA', secret: 'not told' });
    const arrived = await thrownAcross(thrown);
    expect(Object.getPrototypeOf(arrived)).toBe(Error.prototype);
    expect([arrived.name, arrived.message, arrived.stack]).toEqual([
      'QuotaExceeded',
      'no more today',
      thrown.stack,
    ]);
    expect({ ...arrived }).toEqual({ code: 'QUOTA' });
  });

  it('may be anything, also what cannot cross', async () => {
    expect(await thrownAcross('a text')).toBe('a text');
    expect(await thrownAcross({ reason: 1 })).toEqual({ reason: 1 });
    expect((await thrownAcross(() => {})).message).toBe(
      'something that cannot be handed to another thread (function)',
    );
  });

  it('has its causes, but not for ever', async () => {
    const circle: Error & { cause?: unknown } = new Error('a circle');
    circle.cause = circle;
    let depth = 0;
    for (let at: unknown = await thrownAcross(circle); at instanceof Error; at = at.cause) depth++;
    expect(depth).toBe(9);
  });

  it('is also one that it throws in place of giving a promise', async () => {
    using connected = connect(Echo, {
      say: () => {
        throw new TypeError('at once');
      },
      items: async function* () {},
    });
    expect(await thrownBy(connected.stub.say())).toEqual(new TypeError('at once'));
  });
});
