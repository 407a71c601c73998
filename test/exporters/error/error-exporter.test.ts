import { describe, expect, it } from '@jest/globals';
import { Nack } from '../../../src/authoring.js';
import { ErrorExporter, ErrorExporterConfig } from '../../../src/exporters/error/index.js';

const refusal = async (settings: unknown): Promise<unknown> =>
  new ErrorExporter(ErrorExporterConfig.parse(settings)).export().catch((error: unknown) => error);

describe('exporter:error', () => {
  it('refuses everything with its message, and says that it may pass', async () => {
    const nack = await refusal({ message: 'the backend is on fire' });
    expect(nack).toBeInstanceOf(Nack);
    expect(nack).toMatchObject({
      message: 'the backend is on fire',
      permanent: false,
      retryAfterMs: undefined,
    });
  });

  it('asks for the wait that it was given', async () => {
    expect(await refusal({ message: 'busy', retry_after: '30s' })).toMatchObject({ retryAfterMs: 30_000 });
  });

  it('refuses for good when it is told to', async () => {
    expect(await refusal({ message: 'gone', permanent: true })).toMatchObject({ permanent: true });
  });
});

describe('the configuration of exporter:error', () => {
  it.each([
    ['no message', {}, 'message'],
    ['an empty message', { message: '' }, 'message'],
    ['a wait that leads nowhere', { message: 'm', permanent: true, retry_after: '1s' }, 'retry_after'],
    ['a wait of zero', { message: 'm', retry_after: '0s' }, 'retry_after'],
  ])('refuses %s', (_what, settings, field) => {
    const { error } = ErrorExporterConfig.safeParse(settings);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([field]);
  });
});
