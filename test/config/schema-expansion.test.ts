// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { piecesOf } from '../../src/config/expansion/pieces.js';
import { acceptExpansions } from '../../src/config/schema/accept-expansions.js';
import { expansionDefinitions, TEXT } from '../../src/config/schema/expansion.js';

const text = new RegExp(TEXT, 'u');
const expansion = new RegExp(String(expansionDefinitions['expansion']?.['pattern']), 'u');

/** Texts that are mostly made of what matters to expansions. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '$',
        '$$',
        '${',
        '}',
        '{',
        'env:',
        'file:',
        ':-',
        'NAME',
        '1',
        ' ',
        '\n',
        'vault:',
        '${env:A}',
        '${file:/a b}',
      ),
      fc.string({ maxLength: 2 }),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(''));

describe('the patterns of the JSON Schema', () => {
  it('take exactly the texts that can be expanded', () => {
    fc.assert(
      fc.property(texts, (value) => {
        expect([value, text.test(value)]).toEqual([
          value,
          piecesOf(value).every(({ kind }) => kind !== 'wrong'),
        ]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('see an expansion where there is one', () => {
    fc.assert(
      fc.property(texts, (value) => {
        const kinds = piecesOf(value).map(({ kind }) => kind);
        const expands = !kinds.includes('wrong') && (kinds.includes('env') || kinds.includes('file'));
        expect([value, expansion.test(value)]).toEqual([value, expands]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('do not take long for a long text', () => {
    const started = performance.now();
    for (const part of ['$', '${', '$$', '${env:', '${file: ', 'a', '${env:A}$']) {
      text.test(`${part.repeat(50_000)}\${`);
      expansion.test(`${part.repeat(50_000)}\${`);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('the schema of a value', () => {
  const alternative = { $ref: '#/$defs/expansion' };

  it.each([
    [{ type: 'integer', minimum: 1 }, { anyOf: [{ type: 'integer', minimum: 1 }, alternative] }],
    [
      { type: 'boolean', default: true },
      { default: true, anyOf: [{ type: 'boolean' }, alternative] },
    ],
    [
      { enum: ['a', 'b'], description: 'd' },
      { description: 'd', anyOf: [{ enum: ['a', 'b'] }, alternative] },
    ],
    [{ type: 'string', pattern: '^a' }, { anyOf: [{ type: 'string', pattern: '^a' }, alternative] }],
    [
      { anyOf: [{ type: 'string', pattern: '^a' }, { type: 'null' }], title: 't' },
      { title: 't', anyOf: [{ type: 'string', pattern: '^a' }, { type: 'null' }, alternative] },
    ],
    [
      { type: 'array', items: { type: 'number' } },
      { type: 'array', items: { anyOf: [{ type: 'number' }, alternative] } },
    ],
  ])('%j has an expansion as its alternative', (schema, expected) => {
    expect(acceptExpansions(schema)).toEqual(expected);
  });

  it.each([{ type: 'object' }, { type: 'null' }, {}, { anyOf: [{ type: 'object' }, { type: 'array' }] }])(
    '%j has none, for an expansion becomes no map and no list',
    (schema) => {
      expect(acceptExpansions(schema)).toEqual(schema);
    },
  );

  it('that takes any text takes expansions as they are, if they can be expanded', () => {
    expect(acceptExpansions({ type: 'string', minLength: 1 })).toMatchObject({
      type: 'string',
      minLength: 1,
      pattern: TEXT,
    });
  });

  it('with forms of which one fits is content with any, as an expansion may fit several', () => {
    const forms = [
      { type: 'object', properties: { a: { const: 1 } } },
      { type: 'object', properties: { a: { const: 2 } } },
    ];
    expect(acceptExpansions({ oneOf: forms })).toEqual({
      anyOf: [1, 2].map((value) => ({
        type: 'object',
        properties: { a: { anyOf: [{ const: value }, alternative] } },
      })),
    });
  });
});
