/** Finds the schema of a message by a table of kinds: valibot itself tries one kind after the other. */
import type { GenericSchema } from 'valibot';
import { assert } from '../base/assert.ts';

/** The result of valibot's `variant` for objects whose member `key` is a literal. */
type Variant = GenericSchema & {
  readonly key: string;
  readonly options: readonly (GenericSchema & { readonly entries: object })[];
};
type Run = GenericSchema['~run'];

/** Changes the schema in place and returns it. It refuses a value of unknown kind with valibot's own message. */
export function indexed<S extends Variant>(variant: S): S {
  const kinds = new Map<unknown, GenericSchema>();
  for (const option of variant.options) {
    const entries = option.entries as Readonly<Record<string, { readonly literal?: unknown }>>;
    const literal = entries[variant.key]?.literal;
    assert(literal !== undefined && !kinds.has(literal), 'each kind of message has a name');
    kinds.set(literal, option);
  }
  const runAll: Run = variant['~run'].bind(variant);
  const run: Run = (dataset, config) => {
    const { value } = dataset;
    if (typeof value !== 'object' || value === null) return runAll(dataset, config);
    const kind = kinds.get((value as Readonly<Record<string, unknown>>)[variant.key]);
    return kind === undefined ? runAll(dataset, config) : kind['~run']({ value }, config);
  };
  return Object.assign(variant, { '~run': run });
}
