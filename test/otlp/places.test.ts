import { describe, expect, it } from '@jest/globals';
import { Places } from '../../src/authoring.js';

interface Job {
  readonly name: string;
}

const job = (name: string): Job => ({ name });

const names = (places: Places<Job>): string[] => [...places].map(({ name }) => name);

describe('places', () => {
  it('hold what was added until it is removed', () => {
    const places = new Places<Job>();
    const [a, b] = [job('a'), job('b')];
    const [placeOfA] = [places.add(a), places.add(b)];
    expect([places.size, names(places)]).toEqual([2, ['a', 'b']]);
    expect(places.remove(placeOfA, a)).toBe(true);
    expect([places.size, names(places)]).toEqual([1, ['b']]);
  });

  it('are given again to who comes next', () => {
    const places = new Places<Job>();
    const [a, b] = [job('a'), job('b')];
    const place = places.add(a);
    places.remove(place, a);
    expect(places.add(b)).toBe(place);
  });

  it('are not taken from who has got them meanwhile', () => {
    const places = new Places<Job>();
    const [a, b] = [job('a'), job('b')];
    const place = places.add(a);
    places.remove(place, a);
    places.add(b);
    expect(places.remove(place, a)).toBe(false);
    expect(names(places)).toEqual(['b']);
  });

  it('leave out what is removed while they are looked through', () => {
    const places = new Places<Job>();
    const [a, b, c] = [job('a'), job('b'), job('c')];
    const [, placeOfB] = [places.add(a), places.add(b), places.add(c)];
    const seen: string[] = [];
    for (const { name } of places) {
      seen.push(name);
      places.remove(placeOfB, b);
    }
    expect(seen).toEqual(['a', 'c']);
  });
});
