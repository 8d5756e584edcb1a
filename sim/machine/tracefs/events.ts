/**
 * The events of the simulated kernel: their `format` files and their records, as Linux 6.18 on x86-64 has them. Each
 * record begins with fields that all events have; a text of unknown length lies behind the others, and its field says
 * where.
 */
import { assert } from '../../../src/base/assert.ts';
import { encodeUtf8 } from '../../../src/base/utf8.ts';

export type EventValue = number | bigint | string;
export type EventValues = Readonly<Record<string, EventValue>>;

export interface EventField {
  readonly name: string;
  /** As the format declares it. */
  readonly declaration: string;
  readonly kind: 'integer' | 'characters' | 'located text';
  readonly offset: number;
  readonly bytes: number;
  readonly signed: boolean;
}

export interface KernelEvent {
  readonly system: string;
  readonly name: string;
  readonly id: number;
  readonly fields: readonly EventField[];
  readonly print: string;
}

type Draft = Omit<EventField, 'offset'>;

function integer(type: string, name: string, bytes: number, signed: boolean): Draft {
  return { name, declaration: `${type} ${name}`, kind: 'integer', bytes, signed };
}

function characters(name: string, bytes: number): Draft {
  const declaration = `char ${name}[${bytes}]`;
  return { name, declaration, kind: 'characters', bytes, signed: false };
}

function text(name: string): Draft {
  const declaration = `__data_loc char[] ${name}`;
  return { name, declaration, kind: 'located text', bytes: 4, signed: false };
}

const int = (name: string): Draft => integer('int', name, 4, true);
const unsigned = (name: string): Draft => integer('unsigned int', name, 4, false);
const pid = (name: string): Draft => integer('pid_t', name, 4, true);
/** An argument of a system call: always as long as a register. */
const argument = (type: string, name: string): Draft => integer(type, name, 8, false);

const COMMON: readonly Draft[] = [
  integer('unsigned short', 'common_type', 2, false),
  integer('unsigned char', 'common_flags', 1, false),
  integer('unsigned char', 'common_preempt_count', 1, false),
  int('common_pid'),
];

function event(
  system: string,
  name: string,
  id: number,
  drafts: readonly Draft[],
  print: string,
): KernelEvent {
  let end = 0;
  const fields = [...COMMON, ...drafts].map((draft): EventField => {
    const alignment = draft.kind === 'characters' ? 1 : draft.bytes;
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + draft.bytes;
    return { ...draft, offset };
  });
  return { system, name, id, fields, print };
}

const NUMBER = int('__syscall_nr');

export const KERNEL_EVENTS: readonly KernelEvent[] = [
  event(
    'block',
    'block_rq_issue',
    2104,
    [
      integer('dev_t', 'dev', 4, false),
      integer('sector_t', 'sector', 8, false),
      unsigned('nr_sector'),
      unsigned('bytes'),
      integer('unsigned short', 'ioprio', 2, false),
      characters('rwbs', 10),
      characters('comm', 16),
      text('cmd'),
    ],
    '"%u %s", REC->dev, __get_str(cmd)',
  ),
  event(
    'irq',
    'irq_handler_entry',
    225,
    [int('irq'), text('name')],
    '"irq=%d name=%s", REC->irq, __get_str(name)',
  ),
  event(
    'irq',
    'softirq_entry',
    223,
    [unsigned('vec')],
    '"vec=%u [action=%s]", REC->vec, __print_symbolic(REC->vec, { 0, "HI" }, { 1, "TIMER" }, { 2, "NET_TX" })',
  ),
  event(
    'sched',
    'sched_switch',
    372,
    [
      characters('prev_comm', 16),
      pid('prev_pid'),
      int('prev_prio'),
      integer('long', 'prev_state', 8, true),
      characters('next_comm', 16),
      pid('next_pid'),
      int('next_prio'),
    ],
    '"%d ==> %d", REC->prev_pid, REC->next_pid',
  ),
  event(
    'sched',
    'sched_wakeup',
    374,
    [characters('comm', 16), pid('pid'), int('prio'), int('target_cpu')],
    '"pid=%d", REC->pid',
  ),
  event(
    'syscalls',
    'sys_enter_openat',
    782,
    [
      NUMBER,
      argument('int', 'dfd'),
      argument('const char *', 'filename'),
      argument('int', 'flags'),
      argument('umode_t', 'mode'),
    ],
    '"filename: 0x%08lx", ((unsigned long)(REC->filename))',
  ),
  event(
    'syscalls',
    'sys_exit_openat',
    781,
    [NUMBER, integer('long', 'ret', 8, true)],
    '"0x%lx", REC->ret',
  ),
];

/** `SYSTEM:NAME`. */
export function eventName({ system, name }: KernelEvent): string {
  return `${system}:${name}`;
}

export function formatText({ name, id, fields, print }: KernelEvent): string {
  const lines = fields.map(
    ({ declaration, offset, bytes, signed }) =>
      `\tfield:${declaration};\toffset:${offset};\tsize:${bytes};\tsigned:${signed ? 1 : 0};`,
  );
  const own = lines.splice(COMMON.length);
  const parts = [`name: ${name}`, `ID: ${id}`, 'format:', ...lines, '', ...own, ''];
  return `${[...parts, `print fmt: ${print}`].join('\n')}\n`;
}

/** What the fields of a record hold: those without a value are 0, or empty. */
export function fieldValues(
  of: KernelEvent,
  pidOfRecord: number,
  values: EventValues,
): EventValues {
  for (const name of Object.keys(values))
    assert(
      of.fields.some((field) => field.name === name),
      'a value belongs to a field',
    );
  const common: EventValues = { common_type: of.id, common_pid: pidOfRecord };
  return Object.fromEntries(
    of.fields.map(({ name, kind }) => [
      name,
      common[name] ?? values[name] ?? (kind === 'integer' ? 0 : ''),
    ]),
  );
}

/** The record of these values, {@link fieldValues}. Characters that do not fit are cut off. */
export function encodeRecord({ fields }: KernelEvent, values: EventValues): Uint8Array {
  const last = fields.at(-1);
  const tails: Uint8Array[] = [];
  let end = last === undefined ? 0 : last.offset + last.bytes;
  const texts = new Map<EventField, number>();
  for (const field of fields) {
    if (field.kind !== 'located text') continue;
    const bytes = encodeUtf8(`${values[field.name]}\0`);
    texts.set(field, bytes.length * 0x1_0000 + end);
    tails.push(bytes);
    end += bytes.length;
  }
  const record = new Uint8Array(Math.ceil(end / 4) * 4);
  const view = new DataView(record.buffer);
  for (const field of fields) {
    const { name, kind, offset, bytes } = field;
    if (kind === 'characters') {
      const whole = encodeUtf8(String(values[name]));
      record.set(whole.subarray(0, bytes - 1), offset);
    } else {
      putInteger(view, offset, bytes, BigInt(texts.get(field) ?? values[name] ?? 0));
    }
  }
  let at = end - tails.reduce((sum, { length }) => sum + length, 0);
  for (const tail of tails) {
    record.set(tail, at);
    at += tail.length;
  }
  return record;
}

function putInteger(view: DataView, offset: number, bytes: number, value: bigint): void {
  const bits = BigInt.asUintN(8 * bytes, value);
  if (bytes === 8) view.setBigUint64(offset, bits, true);
  else if (bytes === 4) view.setUint32(offset, Number(bits), true);
  else if (bytes === 2) view.setUint16(offset, Number(bits), true);
  else view.setUint8(offset, Number(bits));
}
