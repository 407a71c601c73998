import { expect, it } from '@jest/globals';
import { Pdata, RequestMetadata } from '../../../src/authoring.js';
import { samplePdata } from '../../fixtures/otlp.js';
import { printed } from './print.js';

it.each(['pretty', 'json'])(
  'exporter:console prints nothing of the metadata that travels with the data (%s)',
  async (format) => {
    const { bytes } = samplePdata('logs');
    const metadata = new RequestMetadata([['x-tenant', 'swordfish']]);
    const text = await printed(new Pdata('logs', bytes, 1, metadata), { format });
    expect(text).toBe(await printed(new Pdata('logs', bytes, 1), { format }));
    expect(text).not.toMatch(/x-tenant|swordfish|REDACTED/);
  },
);
