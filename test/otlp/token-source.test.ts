import { describe, expect, it } from '@jest/globals';
import { NoUsableToken, TokenSource } from '../../src/authoring.js';
import { CapturedLogger, FakeClock } from '../../src/testing/index.js';
import { ScriptedProvider } from '../exporters/fixtures/scripted-provider.js';

function make(provider: ScriptedProvider) {
  const clock = new FakeClock();
  const log = new CapturedLogger();
  return { clock, log, source: new TokenSource(provider, { clock, log }) };
}

const never = new AbortController().signal;

describe('a token source', () => {
  it('asks the provider for nothing until somebody waits', () => {
    const provider = new ScriptedProvider('a');
    expect(make(provider).source.current).toBeUndefined();
    expect(provider.asked).toBe(0);
  });

  it('gives the provider’s token, and holds it', async () => {
    const { source } = make(new ScriptedProvider('a'));
    const token = await source.wait(never);
    expect(token.secret.reveal()).toBe('a');
    expect(source.current).toBe(token);
  });

  it('holds no token within 30 s of its expiry', async () => {
    const provider = new ScriptedProvider();
    provider.publish('a', 100_000);
    const { source, clock } = make(provider);
    await source.wait(never);
    await clock.advance(69_999);
    expect(source.current).toBeDefined();
    await clock.advance(1);
    expect(source.current).toBeUndefined();
  });

  it('lets many waits share one question', async () => {
    const provider = new ScriptedProvider('a');
    const { source } = make(provider);
    await Promise.all(Array.from({ length: 50 }, () => source.wait(never)));
    expect(provider.asked).toBe(1);
  });

  it('asks a provider without a token once a second, and says so once', async () => {
    const provider = new ScriptedProvider();
    const { source, clock, log } = make(provider);
    const waiting = source.wait(never);
    await clock.advance(10_500);
    expect(provider.asked).toBe(11);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { reason: 'the token server is down' } });
    provider.publish('a');
    await waiting;
    expect(log.lines.map((line) => line.level)).toEqual(['warn', 'info']);
    await clock.advance(60_000);
    expect(provider.asked).toBe(11);
    expect(clock.pending).toBe(0);
  });

  it('stops asking when nobody waits any more', async () => {
    const provider = new ScriptedProvider();
    const { source, clock } = make(provider);
    const impatient = new AbortController();
    const waiting = source.wait(impatient.signal);
    await clock.advance(0);
    impatient.abort();
    await expect(waiting).rejects.toThrow(NoUsableToken);
    await clock.advance(60_000);
    expect(provider.asked).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('asks again after a refusal, but keeps a token that came meanwhile', async () => {
    const provider = new ScriptedProvider('a');
    const { source } = make(provider);
    const first = await source.wait(never);
    source.refused(first);
    expect(source.current).toBeUndefined();
    provider.publish('b');
    const second = await source.wait(never);
    source.refused(first);
    expect(source.current).toBe(second);
  });

  it('does not send a refused token again for 10 s, though the provider gives it still', async () => {
    const { source, clock } = make(new ScriptedProvider('a'));
    source.refused(await source.wait(never));
    const waiting = source.wait(never);
    await clock.advance(9_999);
    expect(source.current).toBeUndefined();
    await clock.advance(1);
    expect((await waiting).secret.reveal()).toBe('a');
  });

  it('doubles that pause up to 300 s for as long as the token is refused, and warns once', async () => {
    const { source, clock, log } = make(new ScriptedProvider('a'));
    source.refused(await source.wait(never));
    const pauses: number[] = [];
    for (let n = 0; n < 7; n++) {
      const before = clock.now();
      const waiting = source.wait(never);
      while (source.current === undefined) await clock.advance(1_000);
      pauses.push((clock.now() - before) / 1_000);
      source.refused(await waiting);
    }
    expect(pauses).toEqual([10, 20, 40, 80, 160, 300, 300]);
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        message:
          'the server refuses the token of the bearer_token_provider; sending waits for another one, ' +
          'and tries this one again after a pause that grows to 300 s',
        fields: { retryInS: 10 },
      }),
    ]);
  });

  it('counts the refusals of requests that were under way together as one', async () => {
    const { source, clock } = make(new ScriptedProvider('a'));
    const token = await source.wait(never);
    for (let n = 0; n < 16; n++) source.refused(token);
    const waiting = source.wait(never);
    await clock.advance(10_000);
    expect(await waiting).toBe(token);
  });

  it.each(['the stream', 'the next question'])(
    'sends another token at once when %s brings it',
    async (by) => {
      const provider = new ScriptedProvider('a');
      if (by === 'the next question') {
        provider.tokenStream = async function* () {
          await new Promise<never>(() => {});
        };
      }
      const { source, clock, log } = make(provider);
      source.refused(await source.wait(never));
      const waiting = source.wait(never);
      await clock.advance(3_000);
      provider.publish('b');
      await clock.advance(by === 'the stream' ? 0 : 1_000);
      expect((await waiting).secret.reveal()).toBe('b');
      expect(log.lines.map((line) => line.level)).toEqual(['warn', 'info']);
    },
  );

  it('knows a refused token by its secret, however it is wrapped', async () => {
    const provider = new ScriptedProvider('a');
    const { source, clock } = make(provider);
    const first = await source.wait(never);
    provider.publish('a', 10_000_000);
    await clock.advance(0);
    source.refused(first);
    expect(source.current).toBeUndefined();
    provider.publish('a');
    await clock.advance(5_000);
    expect(source.current).toBeUndefined();
  });

  it('starts anew when a token is refused long after it was accepted', async () => {
    const { source, clock, log } = make(new ScriptedProvider('a'));
    for (let outage = 0; outage < 2; outage++) {
      source.refused(await source.wait(never));
      const waiting = source.wait(never);
      await clock.advance(10_000);
      await waiting;
      await clock.advance(300_001);
    }
    expect(log.lines.map((line) => line.level)).toEqual(['warn', 'warn']);
  });

  it('says to whoever gives up that the server refused the token', async () => {
    const { source, clock } = make(new ScriptedProvider('a'));
    source.refused(await source.wait(never));
    const impatient = new AbortController();
    const waiting = source.wait(impatient.signal);
    await clock.advance(2_000);
    impatient.abort();
    await expect(waiting).rejects.toThrow(
      'no usable token from the bearer_token_provider: the server refused the one that it gives',
    );
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });

  it('does not take a token that could end its header', async () => {
    const provider = new ScriptedProvider('a\r\nx-evil: 1');
    const { source, clock, log } = make(provider);
    const waiting = source.wait(never);
    await clock.advance(1_000);
    expect(source.current).toBeUndefined();
    expect(log.text).toContain('characters that an Authorization header cannot carry');
    expect(log.text).not.toContain('evil');
    provider.publish('b');
    await waiting;
  });

  it('outlives a provider whose stream breaks', async () => {
    const provider = new ScriptedProvider('a');
    provider.tokenStream = () => {
      throw new Error('no stream');
    };
    const { source, log } = make(provider);
    expect((await source.wait(never)).secret.reveal()).toBe('a');
    expect(log.text).toContain('no stream');
  });

  it('ends its waits when it is closed', async () => {
    const { source } = make(new ScriptedProvider('a'));
    source.close();
    await expect(source.wait(never)).rejects.toThrow('no usable token from the bearer_token_provider');
  });
});
