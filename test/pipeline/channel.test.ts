import { describe, expect, it } from '@jest/globals';
import { Nack, noCompletion } from '../../src/authoring.js';
import { Channel } from '../../src/pipeline/channel.js';
import { Inbox } from '../../src/pipeline/inbox.js';
import { PipelineMessage } from '../../src/pipeline/message.js';
import { payload, settle } from '../fixtures/nodes.js';

const message = (items: number): PipelineMessage => new PipelineMessage(payload(items), noCompletion);

const items = (taken: PipelineMessage | undefined): number | undefined => taken?.pdata.itemCount;

function inboxOf(...channels: Channel[]): Inbox {
  const inbox = new Inbox();
  for (const channel of channels) inbox.add(channel);
  return inbox;
}

function open(capacity: number): Channel {
  const channel = new Channel(capacity);
  channel.open();
  return channel;
}

describe('a channel', () => {
  it('gives messages in the order in which they were sent', async () => {
    const channel = open(3);
    const inbox = inboxOf(channel);
    for (const count of [1, 2, 3]) expect(channel.send(message(count))).toBeUndefined();
    expect([items(inbox.tryTake()), items(await inbox.take()), items(inbox.tryTake())]).toEqual([1, 2, 3]);
    expect(inbox.tryTake()).toBeUndefined();
  });

  it('makes a sender wait while it is full, and keeps the order over the wait', async () => {
    const channel = open(2);
    const inbox = inboxOf(channel);
    channel.send(message(1));
    channel.send(message(2));
    let queued = 0;
    const third = channel.send(message(3))?.then(() => queued++);
    const fourth = channel.send(message(4))?.then(() => queued++);
    await settle();
    expect([channel.length, queued]).toEqual([2, 0]);
    expect(items(inbox.tryTake())).toBe(1);
    await third;
    expect([channel.length, queued]).toEqual([2, 1]);
    expect([items(inbox.tryTake()), items(inbox.tryTake()), items(inbox.tryTake())]).toEqual([2, 3, 4]);
    await fourth;
  });

  it('takes a message of a sender that will not wait only when there is room', () => {
    const channel = open(1);
    const inbox = inboxOf(channel);
    expect([channel.trySend(message(1)), channel.trySend(message(2))]).toEqual([true, false]);
    expect([items(inbox.tryTake()), inbox.tryTake()]).toEqual([1, undefined]);
    channel.abort(Nack.retryable('stopped'));
    expect(channel.trySend(message(3))).toBe(false);
  });

  it('hands a message straight to a taker that waits', async () => {
    const channel = open(1);
    const taken = inboxOf(channel).take();
    expect(channel.send(message(7))).toBeUndefined();
    expect(channel.length).toBe(0);
    expect(items(await taken)).toBe(7);
  });

  it('serves competing takers in turn', async () => {
    const channel = open(8);
    const [a, b] = [inboxOf(channel), inboxOf(channel)];
    const log: string[] = [];
    const consume = async (name: string, inbox: Inbox): Promise<void> => {
      for (let next = await inbox.take(); next !== undefined; next = await inbox.take()) {
        log.push(`${name}${items(next)}`);
      }
    };
    const consumers = Promise.all([consume('a', a), consume('b', b)]);
    for (const count of [1, 2, 3, 4]) {
      channel.send(message(count));
      await settle();
    }
    channel.close();
    await consumers;
    expect(log).toEqual(['a1', 'b2', 'a3', 'b4']);
  });

  it('ends its takers when its last sender has closed and it is empty', async () => {
    const channel = open(2);
    channel.open();
    const inbox = inboxOf(channel);
    channel.send(message(1));
    channel.close();
    expect(items(await inbox.take())).toBe(1);
    const end = inbox.take();
    channel.close();
    expect(await end).toBeUndefined();
    expect(await inbox.take()).toBeUndefined();
  });

  it('gives back what was in it when it is aborted, refuses those who wait, and ends its takers', async () => {
    const channel = open(1);
    channel.send(message(1));
    const waiting = channel.send(message(2));
    const reason = Nack.retryable('stop');
    expect(channel.abort(reason).map(items)).toEqual([1]);
    await expect(waiting).rejects.toBe(reason);
    await expect(channel.send(message(3))).rejects.toBe(reason);
    expect(await inboxOf(channel).take()).toBeUndefined();
  });
});

describe('an inbox with several channels', () => {
  it('takes from each in turn, so that a busy one does not starve the other', () => {
    const [a, b] = [open(4), open(4)];
    const inbox = inboxOf(a, b);
    for (const count of [1, 2, 3]) a.send(message(count));
    b.send(message(10));
    expect([1, 2, 3, 4].map(() => items(inbox.tryTake()))).toEqual([1, 10, 2, 3]);
  });

  it('waits at all of them at once, and leaves the lines when one delivers', async () => {
    const [a, b] = [open(4), open(4)];
    const inbox = inboxOf(a, b);
    const taken = inbox.take();
    b.send(message(5));
    expect(items(await taken)).toBe(5);
    a.send(message(6));
    expect(a.length).toBe(1);
  });

  it('ends when all of them have', async () => {
    const [a, b] = [open(4), open(4)];
    const inbox = inboxOf(a, b);
    let ended = false;
    const end = inbox.take().then(() => {
      ended = true;
    });
    a.close();
    await settle();
    expect(ended).toBe(false);
    b.close();
    await end;
  });
});
