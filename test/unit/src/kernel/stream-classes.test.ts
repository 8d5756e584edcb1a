/** Classes in the log of a stream: once each, also for the next pump, until the log is full. */
import { expect, test } from 'vitest';
import { KernelClasses } from '../../../../src/kernel/kernel-classes.ts';
import { StreamClasses } from '../../../../src/kernel/stream-classes.ts';
import { splitClassLog } from '../../../../src/ring/class-log.ts';
import { CLASS_LOG_BYTES, OFFSET_CLASS_LOG_COMMITTED } from '../../../../src/ring/layout.ts';
import { formatText } from '../../../support/kernel/kernel-pages.ts';
import { makeStream, must } from '../../../support/ring/memory.ts';

const VALUE = 'field:u32 value;\toffset:8;\tsize:4;\tsigned:0;';

function kernelWith(count: number, fields: readonly string[] = [VALUE]): KernelClasses {
  const kernel = new KernelClasses();
  for (let id = 0; id < count; id++)
    must(kernel.add(`made:event${id}`, formatText(`event${id}`, id, fields)));
  return kernel;
}

test('the next pump of the stream finds the classes that the one before declared', () => {
  const stream = makeStream();
  const kernel = kernelWith(3);
  const first = must(StreamClasses.of(kernel, stream.attachWriter()));
  expect([first.find(2), first.find(0), first.find(2)]).toMatchObject([
    { id: 0 },
    { id: 1 },
    { id: 0 },
  ]);
  const writer = stream.attachWriter();
  const second = must(StreamClasses.of(kernelWith(3), writer));
  expect([second.find(1), second.find(0), second.find(2)]).toMatchObject([
    { id: 2 },
    { id: 1 },
    { id: 0 },
  ]);
  expect(must(splitClassLog(writer.classLog()))).toHaveLength(3);
  expect(second.find(3)).toBe('unknown');
});

test('an event with another format is another class', () => {
  const stream = makeStream();
  const kernel = kernelWith(1);
  const classes = must(StreamClasses.of(kernel, stream.attachWriter()));
  expect(classes.find(0)).toMatchObject({ id: 0 });
  must(kernel.add('made:event0', formatText('event0', 0, [VALUE.replace('u32', 'u16')])));
  expect(classes.find(0)).toMatchObject({ id: 0 });
  must(kernel.add('made:event0', formatText('event0', 0, [VALUE.replace('value', 'other')])));
  expect(classes.find(0)).toMatchObject({ id: 1 });
});

test('a full log takes no class, and the ones in it stay', () => {
  const stream = makeStream();
  const fields = Array.from({ length: 60 }, (_, index) =>
    VALUE.replace('value', `${'v'.repeat(200)}${index}`),
  );
  const kernel = kernelWith(40, fields);
  const classes = must(StreamClasses.of(kernel, stream.attachWriter()));
  const found = Array.from({ length: 40 }, (_, id) => classes.find(id));
  const declared = found.findIndex((each) => each === 'full');
  expect(declared).toBeGreaterThan(2);
  expect(found.slice(declared).every((each) => each === 'full')).toBe(true);
  expect(classes.find(0)).toMatchObject({ id: 0 });
  const bytes = stream.data.view.getUint32(OFFSET_CLASS_LOG_COMMITTED, true);
  expect(bytes).toBeLessThanOrEqual(CLASS_LOG_BYTES);
  expect(bytes + bytes / declared).toBeGreaterThan(CLASS_LOG_BYTES);
});
