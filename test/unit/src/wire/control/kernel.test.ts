/** The kernel's part of the control protocol is untrusted on both sides: each bound, at it and past it (R1.24). */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { KERNEL_CPUS_MAX, PASSED_PAGES_MAX } from '../../../../../src/port/kernel-tracer.ts';
import {
  KERNEL_FORMAT_TEXT_MAX,
  KERNEL_LAYOUT_TEXT_MAX,
  KERNEL_NAMES_MAX,
  KERNEL_TEXT_MAX,
} from '../../../../../src/wire/control/kernel.ts';
import { operation, toClient, toConsumer } from '../../../../../src/wire/control/messages.ts';
import {
  EVENT_PATTERN_CHARACTERS_MAX,
  KERNEL_FORMATS_MAX,
  LIST_ENTRIES_MAX,
} from '../../../../../src/wire/limits.ts';

const isOne = (schema: v.GenericSchema) => (message: unknown) =>
  v.safeParse(schema, message).success;
const isOperation = isOne(operation);
const isToConsumer = isOne(toConsumer);
const isToClient = isOne(toClient);

const KERNEL = {
  release: '6.1',
  version: '#1 SMP',
  machine: 'x86_64',
  tracers: ['nop'],
  clocks: ['mono'],
  cpus: [0],
  kprobes: false,
  uprobes: true,
};
const described = (more: object) =>
  isToClient({ type: 'reply', id: 1, value: { kernel: { ...KERNEL, ...more } } });
const EVENT = 'sched:sched_switch';

describe('the names of events', () => {
  const asks = (event: string) => isOperation({ op: 'kernel.formats', events: [event] });

  it('are those of tracefs', () => {
    expect([EVENT, 'a-b:c_d.e', '0:1'].map(asks)).toEqual([true, true, true]);
    const wrong = ['sched_switch', 'a:b:c', ':b', 'a:', '../a:b', 'a/b:c', 'a:b\n', 'ä:b', ''];
    expect(wrong.filter(asks)).toEqual([]);
  });

  it(`have at most ${EVENT_PATTERN_CHARACTERS_MAX} characters`, () => {
    const ofLength = (length: number) => `a:${'b'.repeat(length - 2)}`;
    expect(asks(ofLength(EVENT_PATTERN_CHARACTERS_MAX))).toBe(true);
    expect(asks(ofLength(EVENT_PATTERN_CHARACTERS_MAX + 1))).toBe(false);
  });

  it(`are at most ${KERNEL_FORMATS_MAX} in one request, and one at least`, () => {
    const all = (count: number) =>
      isOperation({ op: 'kernel.formats', events: Array.from({ length: count }, () => EVENT) });
    expect([0, 1, KERNEL_FORMATS_MAX, KERNEL_FORMATS_MAX + 1].map(all)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('what the kernel is', () => {
  it.each(['release', 'version', 'machine'])('has a %s of bounded length', (member) => {
    expect(described({ [member]: 'x'.repeat(KERNEL_TEXT_MAX) })).toBe(true);
    expect(described({ [member]: 'x'.repeat(KERNEL_TEXT_MAX + 1) })).toBe(false);
    expect(described({ [member]: 'a\u001b[2J' })).toBe(false);
  });

  it.each(['tracers', 'clocks'])('has a bounded number of %s', (member) => {
    const names = (count: number) => ({ [member]: Array.from({ length: count }, () => 'nop') });
    expect(described(names(KERNEL_NAMES_MAX))).toBe(true);
    expect(described(names(KERNEL_NAMES_MAX + 1))).toBe(false);
  });

  it(`has at most ${KERNEL_CPUS_MAX} CPUs`, () => {
    const cpus = (count: number) => ({ cpus: Array.from({ length: count }, (_, cpu) => cpu) });
    expect(described(cpus(KERNEL_CPUS_MAX))).toBe(true);
    expect(described(cpus(KERNEL_CPUS_MAX + 1))).toBe(false);
  });
});

describe('what the consumer gets', () => {
  it('has a layout and formats of bounded length', () => {
    const layout = (length: number) =>
      isToConsumer({ type: 'kernel.layout', text: 'x'.repeat(length) });
    expect(layout(KERNEL_LAYOUT_TEXT_MAX)).toBe(true);
    expect(layout(KERNEL_LAYOUT_TEXT_MAX + 1)).toBe(false);
    const formats = (length: number) => [{ event: EVENT, text: 'x'.repeat(length) }];
    const told = (length: number) =>
      isToConsumer({ type: 'kernel.formats', formats: formats(length) });
    expect(told(KERNEL_FORMAT_TEXT_MAX)).toBe(true);
    expect(told(KERNEL_FORMAT_TEXT_MAX + 1)).toBe(false);
    const answered = (length: number) =>
      isToClient({ type: 'reply', id: 1, value: { formats: formats(length) } });
    expect(answered(KERNEL_FORMAT_TEXT_MAX)).toBe(true);
    expect(answered(KERNEL_FORMAT_TEXT_MAX + 1)).toBe(false);
  });

  it('has bounded lists', () => {
    const format = { event: EVENT, text: 'x' };
    const formats = (count: number) =>
      isToConsumer({
        type: 'kernel.formats',
        formats: Array.from({ length: count }, () => format),
      });
    expect(formats(LIST_ENTRIES_MAX)).toBe(true);
    expect(formats(LIST_ENTRIES_MAX + 1)).toBe(false);
    const passed = (count: number) =>
      isToConsumer({
        type: 'kernel.passed',
        token: 1,
        streams: Array.from({ length: count }, (_, streamId) => streamId),
      });
    expect([0, 1, PASSED_PAGES_MAX, PASSED_PAGES_MAX + 1].map(passed)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
