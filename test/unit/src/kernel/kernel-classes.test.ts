/** Which events of a kernel become classes of a trace, under which names, and which do not. */
import { expect, test } from 'vitest';
import { KernelClasses } from '../../../../src/kernel/kernel-classes.ts';
import { formatText } from '../../../support/kernel/kernel-pages.ts';
import { must } from '../../../support/ring/memory.ts';

const VALUE = 'field:u32 value;\toffset:8;\tsize:4;\tsigned:0;';

test('the second of two events with one name has its system before it', () => {
  const classes = new KernelClasses();
  must(classes.add('one:same', formatText('same', 1, [VALUE])));
  must(classes.add('other:same', formatText('same', 2, [VALUE])));
  must(classes.add('one:same', formatText('same', 1, [VALUE])));
  expect([classes.get(1)?.name, classes.get(2)?.name]).toEqual(['same', 'other_same']);
});

test('an event whose format has changed is another class', () => {
  const classes = new KernelClasses();
  must(classes.add('one:event', formatText('event', 1, [VALUE])));
  const before = classes.version;
  must(classes.add('one:event', formatText('event', 9, [VALUE.replace('value', 'other')])));
  expect(classes.version).not.toBe(before);
  expect(classes.get(9)?.record.fields).toMatchObject([{ name: 'other' }]);
});

test('what cannot be declared in a trace is refused with its reason', () => {
  const classes = new KernelClasses();
  const field = (index: number): string => VALUE.replace('value', `f${index}`);
  const fields = Array.from({ length: 65 }, (_, index) => field(index));
  expect(classes.add('one:many', formatText('many', 1, fields.slice(1))).ok).toBe(true);
  expect(classes.add('one:more', formatText('more', 2, fields))).toMatchObject({
    error: 'one:more: Fields of event are more than 64',
  });
  expect(classes.add('one:bad', 'nothing')).toMatchObject({ ok: false });
  expect(classes.get(2)).toBeUndefined();
});
