/** Absolute paths are those that Node.js makes. */
import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { absoluteIn } from '../../../../src/base/absolute-path.ts';

const path = fc
  .array(fc.constantFrom('a', 'b.c', '.', '..', '...', '/', '//', ' '), { maxLength: 12 })
  .map((parts) => parts.join(''));

it('is the path that Node.js makes, in any working directory', () => {
  fc.assert(
    fc.property(path, path, (directory, given) => {
      expect(absoluteIn(`/${directory}`, given)).toBe(resolve(`/${directory}`, given));
    }),
  );
});

it('is undefined for a relative path in a working directory that is gone', () => {
  fc.assert(
    fc.property(path, (given) => {
      expect(absoluteIn(undefined, `/${given}`)).toBe(resolve(`/${given}`));
      expect(absoluteIn(undefined, `a/${given}`)).toBeUndefined();
    }),
  );
});
