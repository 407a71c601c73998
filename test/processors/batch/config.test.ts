import { describe, expect, it } from '@jest/globals';
import { z } from '../../../src/authoring.js';
import { BatchProcessorConfig } from '../../../src/processors/batch/index.js';
import { batchLimits } from '../../../src/processors/batch/limits.js';

const limits = (otlp?: object) => batchLimits(BatchProcessorConfig.parse({ ...(otlp && { otlp }) }).otlp);

const problems = (settings: unknown): string[] =>
  BatchProcessorConfig.safeParse(settings).error?.issues.map(
    (issue) => `${issue.path.join('.')}: ${issue.message}`,
  ) ?? [];

describe('the configuration of processor:batch', () => {
  it('has the defaults of the reference engine', () => {
    expect(BatchProcessorConfig.parse({})).toMatchObject({
      max_batch_duration: 200,
      format: 'preserve',
      inbound_request_limit: 1024,
      outbound_request_limit: 512,
      open_batch_limit: 128,
    });
    expect(limits()).toEqual({ sizer: 'bytes', full: 1_048_576, max: undefined, mergedBytes: 4_194_304 });
  });

  it('has a default of its own for items', () => {
    expect(limits({ sizer: 'items' })).toMatchObject({ full: 8192 });
  });

  it('takes max_size for a full batch when nothing else says what is full', () => {
    expect(limits({ min_size: null, max_size: 100 })).toMatchObject({ full: 100, max: 100 });
    expect(limits({ sizer: 'requests', max_size: 10 })).toMatchObject({ full: 10 });
  });

  it('never holds more than max_size by default', () => {
    expect(limits({ max_size: 1000 })).toMatchObject({ full: 1000, max: 1000 });
    expect(limits({ max_size: 4_194_304 })).toMatchObject({ full: 1_048_576, max: 4_194_304 });
  });

  it.each([
    { otap: { min_size: 1000, sizer: 'items' }, format: 'preserve', max_batch_duration: '3s' },
    {
      otap: { min_size: 8192, max_size: null, sizer: 'items' },
      otlp: { min_size: 1048576, max_size: null, sizer: 'bytes' },
    },
    { format: 'otlp' },
    { max_batch_duration: '0s' },
  ])('takes what the reference engine takes (%#)', (settings) => {
    expect(problems(settings)).toEqual([]);
  });

  it.each([
    [
      'max_size below min_size',
      { otlp: { min_size: 10, max_size: 9 } },
      ['otlp.max_size: must not be less than min_size (10)'],
    ],
    [
      'max_size below min_size for OTAP too',
      { otap: { min_size: 10, max_size: 9 } },
      ['otap.max_size: must not be less than min_size (10)'],
    ],
    [
      'sizes of zero',
      { otlp: { min_size: 0, max_size: 0 } },
      ['otlp.min_size: must be at least 1', 'otlp.max_size: must be at least 1'],
    ],
    [
      'limits of zero',
      { inbound_request_limit: 0, outbound_request_limit: 0 },
      ['inbound_request_limit: must be at least 1', 'outbound_request_limit: must be at least 1'],
    ],
    [
      'no size at all',
      { otlp: { min_size: null } },
      ['otlp.min_size: must be set when max_size is not, or nothing says when a batch is full'],
    ],
    [
      'requests without a number',
      { otlp: { sizer: 'requests' } },
      ['otlp.min_size: must be set when max_size is not, or nothing says when a batch is full'],
    ],
    [
      'OTAP as the output',
      { format: 'otap' },
      ["format: must be preserve or otlp; every payload here is OTLP, so 'otap' cannot be made"],
    ],
  ])('refuses %s', (_what, settings, expected) => {
    expect(problems(settings)).toEqual(expected);
  });

  it('has a JSON Schema', () => {
    expect(z.toJSONSchema(BatchProcessorConfig, { io: 'input' })).toMatchObject({ type: 'object' });
  });
});
