import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider, Extension } from '../../src/authoring.js';
import { parseUrn, type Urn } from '../../src/config/urn.js';
import { Catalog, CatalogError } from '../../src/extension/catalog.js';
import { BothSides, ProviderOnly } from '../fixtures/extensions.js';

const source = (origin: string, ...exports: unknown[]) => ({ origin, exports });

const urn = (text: string): Urn => parseUrn(text) as Urn;

describe('a catalog', () => {
  it('finds a decorated class by its URN, with what it says of itself and who brought it', () => {
    const catalog = new Catalog([source('built-in', BothSides)]);
    const entry = catalog.find(urn('urn:test:extension:both_sides'));
    expect(entry?.componentClass).toBe(BothSides);
    expect(entry?.descriptor.description).toBe('Both sides of the bearer scheme.');
    expect(entry?.origin).toBe('built-in');
  });

  it('finds nothing under a URN that nobody brought', () => {
    expect(new Catalog([]).find(urn('extension:x'))).toBeUndefined();
  });

  it('passes over whatever is no decorated class', () => {
    const exports = [
      1,
      'x',
      null,
      undefined,
      {},
      () => {},
      class Plain {},
      class Heir extends BothSides {},
      BothSides,
    ];
    expect(new Catalog([source('a plugin', ...exports)]).entries()).toHaveLength(1);
  });

  it('takes one class from several sources', () => {
    expect(new Catalog([source('a', BothSides), source('b', BothSides)]).entries()).toHaveLength(1);
  });

  it('refuses two classes with one URN, and names both and who brought them', () => {
    @Extension({
      urn: 'urn:test:extension:both_sides',
      description: 'a rival',
      traits: [BearerTokenProvider],
      execution: 'local',
    })
    class Rival extends ProviderOnly {}
    expect(() => new Catalog([source('built-in', BothSides), source("plugin './x.js'", Rival)])).toThrow(
      new CatalogError(
        'urn:test:extension:both_sides is claimed twice: by the class BothSides of built-in ' +
          "and by the class Rival of plugin './x.js'; remove one or change its URN",
      ),
    );
    const catalog = new Catalog([]);
    expect(() => catalog.add(source("plugin './x.js'", ProviderOnly, BothSides, Rival))).toThrow(
      new CatalogError(
        "urn:test:extension:both_sides is claimed twice: by the class BothSides of plugin './x.js' " +
          "and by the class Rival of plugin './x.js'; remove one or change its URN",
      ),
    );
    expect(catalog.entries()).toEqual([]);
  });

  it('refuses a class that another copy of the package decorated', () => {
    class Foreign {}
    Reflect.defineMetadata(Symbol.for('otap-dataflow/component'), { kind: 'extension' }, Foreign);
    expect(() => new Catalog([source("plugin 'acme'", Foreign)])).toThrow(
      "plugin 'acme': the class Foreign was decorated by another copy of otap-dataflow; " +
        'make otap-dataflow a peer dependency of it and install it beside the engine, so that there is one copy',
    );
  });

  it('knows that a type may be missing because a plugin failed, but not one of the engine itself', () => {
    const catalog = new Catalog([]);
    expect(catalog.mayHaveBrought(urn('urn:acme:extension:x'))).toBe(false);
    catalog.miss();
    expect(catalog.mayHaveBrought(urn('urn:acme:extension:x'))).toBe(true);
    expect(catalog.mayHaveBrought(urn('extension:x'))).toBe(false);
  });

  it('lists its entries by URN', () => {
    const catalog = new Catalog([source('x', ProviderOnly, BothSides)]);
    expect(catalog.entries().map(({ descriptor }) => descriptor.urn.id)).toEqual([
      'both_sides',
      'provider_only',
    ]);
  });
});
