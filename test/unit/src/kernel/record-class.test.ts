/**
 * Goal: the trace declares each field as what it is. Method: formats of Linux and made-up ones; every class is one that
 * a trace can declare.
 */
import { describe, expect, test } from 'vitest';
import { validateEventClass } from '../../../../src/event/class-record.ts';
import { type EventFormat, parseEventFormat } from '../../../../src/kernel/event-format.ts';
import { type RecordClass, recordClassOf } from '../../../../src/kernel/record-class.ts';
import { readRecorded } from '../../../support/kernel/recorded.ts';

function classOf(format: EventFormat): RecordClass {
  const made = recordClassOf(format);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

function formatOf(text: string): EventFormat {
  const parsed = parseEventFormat(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function formatWith(declaration: string, bytes: number, print = '"x"'): EventFormat {
  const field = `\tfield:${declaration};\toffset:8;\tsize:${bytes};\tsigned:0;`;
  return formatOf(`name: event\nID: 7\nformat:\n${field}\n\nprint fmt: ${print}\n`);
}

const recorded = readRecorded().formats.map((text) => formatOf(text));

test('sched_switch is one copy', () => {
  const format = recorded.find(({ name }) => name === 'sched_switch');
  const { fields, steps } = classOf(format as EventFormat);
  expect(fields.map(({ name, type }) => `${name} ${type.kind}`)).toEqual([
    'prev_comm array',
    'prev_pid integer',
    'prev_prio integer',
    'prev_state integer',
    'next_comm array',
    'next_pid integer',
    'next_prio integer',
  ]);
  expect(steps).toEqual([{ kind: 'bytes', offset: 8, bytes: 56 }]);
});

test('a trace can declare every class of Linux', () => {
  for (const format of recorded) {
    const { fields } = classOf(format);
    const declared = validateEventClass({ id: 0, name: format.name, logLevel: 6, fields });
    expect(declared).toMatchObject({ ok: true });
  }
});

describe('types', () => {
  const u = (bits: number): object => ({ kind: 'integer', bits, signed: false });
  const cases: readonly (readonly [string, number, object, object])[] = [
    ['u16 a', 2, u(16), { kind: 'bytes', offset: 8, bytes: 2 }],
    ['void * a', 8, u(64), { kind: 'bytes', offset: 8, bytes: 8 }],
    [
      'struct x a',
      12,
      { kind: 'array', element: u(8), length: 12 },
      { kind: 'bytes', offset: 8, bytes: 12 },
    ],
    [
      'const u32 a[4]',
      16,
      { kind: 'array', element: u(32), length: 4 },
      { kind: 'bytes', offset: 8, bytes: 16 },
    ],
    [
      'unsigned long a[9]',
      12,
      { kind: 'array', element: u(8), length: 12 },
      { kind: 'bytes', offset: 8, bytes: 12 },
    ],
    [
      'char a[16]',
      16,
      { kind: 'array', element: u(8), length: 16, isText: true },
      { kind: 'bytes', offset: 8, bytes: 16 },
    ],
    ['char a[]', 0, { kind: 'string' }, { kind: 'rest-text', offset: 8 }],
    [
      'unsigned long a[]',
      0,
      { kind: 'sequence', element: u(64) },
      { kind: 'rest-elements', offset: 8, elementBytes: 8 },
    ],
    ['__data_loc char[] a', 4, { kind: 'string' }, { kind: 'located-text', offset: 8, base: 0 }],
    ['__rel_loc char[] a', 4, { kind: 'string' }, { kind: 'located-text', offset: 8, base: 12 }],
    [
      '__data_loc u64[] a',
      4,
      { kind: 'sequence', element: u(64) },
      { kind: 'located-elements', offset: 8, base: 0, elementBytes: 8 },
    ],
    [
      '__rel_loc cpumask_t[] a',
      4,
      { kind: 'sequence', element: u(8) },
      { kind: 'located-elements', offset: 8, base: 12, elementBytes: 1 },
    ],
  ];
  test.each(cases)('%s', (declaration, bytes, type, step) => {
    const { fields, steps } = classOf(formatWith(declaration, bytes));
    expect(fields).toEqual([{ name: 'a', type }]);
    expect(steps).toEqual([step]);
  });
});

describe('names of values', () => {
  const typeOf = (declaration: string, bytes: number, entries: string): unknown =>
    classOf(formatWith(declaration, bytes, `"%s", __print_symbolic(REC->a, ${entries})`)).fields[0]
      ?.type;

  test('make an enumeration', () => {
    expect(typeOf('u8 a', 1, '{ 1, "one" }')).toMatchObject({ kind: 'enum', labels: { one: 1 } });
  });

  test('a negative one is what the unsigned field holds', () => {
    const labels = { none: 2 ** 32 - 1 };
    expect(typeOf('u32 a', 4, '{ (-1), "none" }')).toMatchObject({ kind: 'enum', labels });
  });

  test('are left out if one does not fit', () => {
    expect(typeOf('u8 a', 1, '{ 255, "x" }')).toMatchObject({ kind: 'enum' });
    expect(typeOf('u8 a', 1, '{ 256, "x" }')).toMatchObject({ kind: 'integer' });
    expect(typeOf('u8 a', 1, '{ 1, "" }')).toMatchObject({ kind: 'integer' });
  });
});

test('two fields of one name are refused', () => {
  const [format] = recorded;
  const twice = {
    ...(format as EventFormat),
    fields: [...recorded.flatMap(({ fields }) => fields)],
  };
  expect(recordClassOf(twice)).toMatchObject({ ok: false });
});
