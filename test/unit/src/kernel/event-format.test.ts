/**
 * Goal: each field of a tracepoint is found where the kernel puts it, and a text that is no format is refused with one
 * sentence. Method: formats that Linux wrote, made-up lines at and past each bound, and arbitrary text.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FORMAT_CHARACTERS_MAX,
  KERNEL_FIELDS_MAX,
  KERNEL_RECORD_BYTES_MAX,
  parseEventFormat,
} from '../../../../src/kernel/event-format.ts';
import { readRecorded } from '../../../support/kernel/recorded.ts';

const COMMON = [
  '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
  '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
];

function formatWith(...fields: readonly string[]): string {
  const lines = ['name: event', 'ID: 7', 'format:', ...COMMON, '', ...fields, '', 'print fmt: "x"'];
  return `${lines.join('\n')}\n`;
}

function line(declaration: string, offset: number, size: number, signed = 0): string {
  return `\tfield:${declaration};\toffset:${offset};\tsize:${size};\tsigned:${signed};`;
}

function fieldOf(declaration: string, size: number): unknown {
  const parsed = parseEventFormat(formatWith(line(declaration, 8, size)));
  return parsed.ok ? parsed.value.fields[0] : parsed.error;
}

test('a format of Linux is read whole', () => {
  const formats = readRecorded().formats.map((text) => parseEventFormat(text));
  const parsed = formats.map((format) => (format.ok ? format.value : format.error));
  const ofSwitch = parsed.find((format) => typeof format === 'object' && format.id === 372);
  expect(ofSwitch).toMatchObject({ name: 'sched_switch', bytes: 64 });
  expect(typeof ofSwitch === 'object' && ofSwitch.fields.map(({ name }) => name)).toEqual([
    'prev_comm',
    'prev_pid',
    'prev_prio',
    'prev_state',
    'next_comm',
    'next_pid',
    'next_prio',
  ]);
  expect(typeof ofSwitch === 'object' && ofSwitch.fields[3]).toEqual({
    name: 'prev_state',
    type: 'long',
    isArray: false,
    place: 'inline',
    offset: 32,
    bytes: 8,
    signed: true,
  });
  expect(typeof ofSwitch === 'object' && ofSwitch.common).toHaveLength(4);
  expect(typeof ofSwitch === 'object' && ofSwitch.print).toMatch(/^"prev_comm=%s /);
  expect(parsed.filter((format) => typeof format === 'string')).toEqual([]);
});

describe('a declaration', () => {
  const declarations: readonly (readonly [string, number, object])[] = [
    ['char comm[16]', 16, { name: 'comm', type: 'char', isArray: true, place: 'inline' }],
    ['char comm[TASK_COMM_LEN]', 16, { name: 'comm', type: 'char', isArray: true }],
    ['u8 saddr_v6[2][16]', 32, { name: 'saddr_v6', type: 'u8', isArray: true }],
    ['const char * filename', 8, { name: 'filename', type: 'const char *', isArray: false }],
    ['const char *const * argv', 8, { name: 'argv', type: 'const char *const *' }],
    ['const void *const attr', 8, { name: 'attr', type: 'const void *const' }],
    ['unsigned long long len', 8, { name: 'len', type: 'unsigned long long' }],
    ['enum zone_type zid', 4, { name: 'zid', type: 'enum zone_type' }],
    ['__data_loc char[] name', 4, { name: 'name', type: 'char', isArray: true, place: 'located' }],
    ['__rel_loc u32[] ids', 4, { name: 'ids', type: 'u32', isArray: true, place: 'relative' }],
    ['char buf[]', 0, { name: 'buf', type: 'char', isArray: true, place: 'rest', bytes: 0 }],
  ];
  test.each(declarations)('%s', (declaration, size, field) => {
    expect(fieldOf(declaration, size)).toMatchObject(field);
  });

  test.each([
    ['void (*callback)(void *)', 8],
    ['__data_loc char[] name', 8],
    ['int nothing', 0],
    ['comm', 4],
    ['int 2nd', 4],
  ])('%s of %d bytes is none', (declaration, size) => {
    expect(fieldOf(declaration, size)).toBe('The format of event has a line that is no field');
  });
});

test('an older kernel writes no signedness', () => {
  const text = formatWith('\tfield:int count;\toffset:8;\tsize:4;');
  expect(parseEventFormat(text)).toMatchObject({
    ok: true,
    value: { fields: [{ signed: false }] },
  });
});

describe('bounds', () => {
  const fields = (count: number): string =>
    formatWith(...Array.from({ length: count }, (_, at) => line(`int f${at}`, 8 + at * 4, 4)));

  test('of fields', () => {
    expect(parseEventFormat(fields(KERNEL_FIELDS_MAX - COMMON.length)).ok).toBe(true);
    expect(parseEventFormat(fields(KERNEL_FIELDS_MAX - COMMON.length + 1))).toMatchObject({
      error: `The format of event has more than ${KERNEL_FIELDS_MAX} fields`,
    });
  });

  test('of a record', () => {
    const ending = (end: number): string => formatWith(line('int last', end - 4, 4));
    expect(parseEventFormat(ending(KERNEL_RECORD_BYTES_MAX)).ok).toBe(true);
    expect(parseEventFormat(ending(KERNEL_RECORD_BYTES_MAX + 1))).toMatchObject({
      error: `Records of event are longer than ${KERNEL_RECORD_BYTES_MAX} bytes`,
    });
  });

  test('of the text', () => {
    const long = (length: number): string => formatWith().padEnd(length, ' ');
    expect(parseEventFormat(long(FORMAT_CHARACTERS_MAX)).ok).toBe(true);
    const past = FORMAT_CHARACTERS_MAX + 1;
    expect(parseEventFormat(long(past))).toMatchObject({
      error: `A format has ${past} characters; at most ${FORMAT_CHARACTERS_MAX} are read`,
    });
  });
});

test.each([
  ['', 'A format begins with no name'],
  ['name: a b\nID: 1\n', 'A format begins with no name'],
  ['name: a\nformat:\n', 'The format of a has no id'],
  ['name: a\nID: 65536\n', 'The format of a has no id'],
])('%j is no format', (text, error) => {
  expect(parseEventFormat(text)).toEqual({ ok: false, error });
});

test('arbitrary changes of a format are read within bounds or refused', () => {
  const [whole = ''] = readRecorded().formats;
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(20), fc.string({ maxLength: 20 }), (at, cut, text) => {
      const parsed = parseEventFormat(whole.slice(0, at) + text + whole.slice(at + cut));
      if (!parsed.ok) return;
      for (const { offset, bytes } of parsed.value.fields) {
        expect(offset + bytes).toBeLessThanOrEqual(parsed.value.bytes);
      }
    }),
  );
});
