/** Goal: docs/events.md lists exactly the events of the sources, each with its level and its fields in order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeSources } from '../../../../../bin/library/providers/all.ts';
import { fieldsText } from '../../../../../src/tracer/signature.ts';
import { fieldsOf } from '../../../../../src/tracer/types.ts';

interface Documented {
  readonly name: string;
  readonly logLevel: string;
  readonly fields: string;
}

const document = readFileSync(join(import.meta.dirname, '../../../../../docs/events.md'), 'utf8');

/** Entries look like: - **`NAME`** (LEVEL)… Fields: `NAME: TYPE`, … */
function documented(): Documented[] {
  return document
    .split(/^- (?=\*\*)/m)
    .slice(1)
    .map((entry) => {
      const [, name = '', logLevel = ''] = /^\*\*`(.*)`\*\* \((\w+)\)/.exec(entry) ?? [];
      const [text = ''] = /Fields:[^#]*/.exec(entry) ?? [];
      const fields = [...text.matchAll(/`(\w+: [^`]+)`/g)].map(([, field = '']) => field);
      return { name, logLevel, fields: fields.join(', ') };
    });
}

test('docs/events.md and the definitions agree', () => {
  const defined = nodeSources.map(({ name, logLevel, schema }) => ({
    name,
    logLevel,
    fields: fieldsText(fieldsOf(schema), Number.POSITIVE_INFINITY),
  }));
  expect(documented()).toEqual(defined);
});
