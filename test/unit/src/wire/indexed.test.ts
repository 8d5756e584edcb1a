/** The table finds the same schema as valibot, and refuses with the same message. */
import fc from 'fast-check';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { indexed } from '../../../../src/wire/indexed.ts';

const options = [
  v.strictObject({ type: v.literal('one'), count: v.number() }),
  v.object({ type: v.literal('two'), name: v.optional(v.string()) }),
  v.strictObject({ type: v.literal(3) }),
] as const;
const plain = v.variant('type', options);
const ours = indexed(v.variant('type', options));

const member = fc.constantFrom('type', 'count', 'name', '__proto__', 'constructor');
const value = fc.constantFrom('one', 'two', 3, '3', 'toString', 0, undefined, null, true);
const message = fc.dictionary(member, value, { maxKeys: 3, noNullPrototype: true });

it('parses as the variant itself', () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 5, arbitrary: message }, value), fc.boolean(), (input, all) => {
      const config = { abortEarly: !all };
      const [one, other] = [ours, plain].map((schema) => v.safeParse(schema, input, config));
      expect(one).toEqual(other);
    }),
    { numRuns: 1000 },
  );
});

it('refuses a kind without a name, and a kind twice', () => {
  const [one] = options;
  expect(() => indexed(v.variant('type', [one, one]))).toThrow('each kind of message has a name');
  const nameless = v.object({ type: v.string() });
  expect(() => indexed(v.variant('type', [nameless]))).toThrow('each kind of message has a name');
});
