import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { inputSchema } from '../../src/config/schema/input-schema.js';

/** What the JSON Schema says of a field. */
function said(field: z.ZodType): unknown {
  const { properties } = inputSchema(z.strictObject({ field })) as {
    readonly properties: { readonly field: unknown };
  };
  return properties.field;
}

describe('the JSON Schema of what a component takes', () => {
  it('has the rules of a text', () => {
    expect(said(z.string().min(2).max(3).regex(/^a/))).toEqual({
      type: 'string',
      minLength: 2,
      maxLength: 3,
      pattern: '^a',
    });
  });

  it('leaves out rules that hold only after the text was changed', () => {
    const lower = z
      .string()
      .toLowerCase()
      .regex(/^[a-z]+$/)
      .describe('d');
    expect(said(lower)).toEqual({ type: 'string', description: 'd' });
    expect(said(z.string().trim().min(1).max(3))).toEqual({ type: 'string', minLength: 1 });
    expect(said(z.string().trim().min(2))).toEqual({ type: 'string' });
  });

  it('keeps what the author says of the text as it is written', () => {
    expect(said(z.string().trim().min(1).meta({ title: 't', pattern: 'x' }))).toEqual({
      type: 'string',
      minLength: 1,
      title: 't',
      pattern: 'x',
    });
  });

  it('leaves out expressions that JSON Schema would read in another way', () => {
    expect(said(z.string().regex(/^a/i).max(3))).toEqual({ type: 'string', maxLength: 3 });
    expect(said(z.string().regex(/a{/))).toEqual({ type: 'string' });
  });

  it('asks nothing of what the schema makes of anything', () => {
    expect(said(z.coerce.number().min(3).describe('d'))).toEqual({ description: 'd' });
    expect(said(z.string().catch('x'))).toEqual({ default: 'x' });
  });
});
