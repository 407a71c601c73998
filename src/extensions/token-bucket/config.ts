import { byteSize, duration, z } from '../../authoring.js';

/** Beyond this a bucket is no limit of a rate any more, and its arithmetic would lose its microseconds. */
const LONGEST_FILL_MS = 365 * 86_400_000;

/** A number of units; where a unit is a byte it can be written as a size. */
function units() {
  return byteSize({ positive: true }).refine((amount) => Number.isSafeInteger(amount), {
    message: 'must be no larger than 8191TiB',
  });
}

export const TokenBucketConfig = z
  .strictObject({
    rate: units().describe(
      'How many units are granted in each interval; a number, or a size such as 10MiB where bytes are counted',
    ),
    interval: duration({ positive: true })
      .prefault('1s')
      .refine((ms) => ms >= 1, { message: 'must be 1ms or longer' })
      .describe('The time that rate is for'),
    burst: units()
      .optional()
      .describe(
        'How many units can be granted at once after a pause, and the most to ask for; as many as rate unless given',
      ),
    max_keys: z
      .number()
      .int()
      .positive()
      .max(1_000_000)
      .default(10_000)
      .describe('How many keys have a bucket of their own at the same time; those beyond share one'),
  })
  .refine(({ burst, interval, rate }) => rate <= 0 || (burst ?? rate) * interval <= LONGEST_FILL_MS * rate, {
    path: ['burst'],
    message: 'would take longer than 365d to fill at this rate; lower it or raise rate',
  });

export type TokenBucketSettings = z.output<typeof TokenBucketConfig>;
