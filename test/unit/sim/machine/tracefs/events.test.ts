/** Formats and records of the simulated kernel, read by what reads those of Linux. */
import { expect, test } from 'vitest';
import {
  type EventValues,
  encodeRecord,
  eventName,
  fieldValues,
  formatText,
  KERNEL_EVENTS,
  type KernelEvent,
} from '../../../../../sim/machine/tracefs/events.ts';
import { copyRecord, recordBytes } from '../../../../../src/kernel/copy-record.ts';
import { parseEventFormat } from '../../../../../src/kernel/event-format.ts';
import { recordClassOf } from '../../../../../src/kernel/record-class.ts';
import { decodeFields } from '../../../../support/kernel/decode-fields.ts';
import { readRecorded } from '../../../../support/kernel/recorded.ts';
import { must } from '../../../../support/ring/memory.ts';

function known(name: string): KernelEvent {
  const event = KERNEL_EVENTS.find((each) => eventName(each) === name);
  if (event === undefined) throw new Error(`No event ${name}`);
  return event;
}

/** The fields of a record of these values, as a trace has them. */
function traced(name: string, values: EventValues): Record<string, unknown> {
  const event = known(name);
  const recordClass = must(recordClassOf(must(parseEventFormat(formatText(event)))));
  const record = encodeRecord(event, fieldValues(event, 7, values));
  const trace = recordBytes(new Uint8Array(1024));
  const end = copyRecord(recordClass, recordBytes(record), 0, record.length, trace, 0);
  return decodeFields(recordClass.fields, trace.bytes.subarray(0, end));
}

test('formats have the fields of those of Linux', () => {
  const linux = new Map(
    readRecorded().formats.map((text) => {
      const format = must(parseEventFormat(text));
      return [format.name, format];
    }),
  );
  const compared = KERNEL_EVENTS.filter(({ name }) => linux.has(name));
  expect(compared.length).toBeGreaterThan(5);
  for (const event of compared) {
    const { id, name, common, fields, bytes } = must(parseEventFormat(formatText(event)));
    expect({ name, common, fields, bytes }).toEqual({
      name,
      common: linux.get(name)?.common,
      fields: linux.get(name)?.fields,
      bytes: linux.get(name)?.bytes,
    });
    expect(id).toBe(event.id);
  }
  expect(new Set(KERNEL_EVENTS.map(({ id }) => id)).size).toBe(KERNEL_EVENTS.length);
});

test('records have their values, and a text where its field says', () => {
  expect(
    traced('sched:sched_switch', {
      prev_comm: 'a name of over 15 bytes',
      prev_state: -1n,
      next_pid: 5,
    }),
  ).toEqual({
    prev_comm: 'a name of over ',
    prev_pid: 0,
    prev_prio: 0,
    prev_state: -1n,
    next_comm: '',
    next_pid: 5,
    next_prio: 0,
  });
  expect(traced('irq:irq_handler_entry', { irq: -2, name: 'é 0123456789' })).toEqual({
    irq: -2,
    name: 'é 0123456789',
  });
  expect(
    traced('block:block_rq_issue', { sector: 2n ** 63n, ioprio: 65_535, cmd: 'x', rwbs: 'W' }),
  ).toEqual({
    dev: 0,
    sector: 2n ** 63n,
    nr_sector: 0,
    bytes: 0,
    ioprio: 65_535,
    rwbs: 'W',
    comm: '',
    cmd: 'x',
  });
});

test('a record begins with the id of its event and the thread', () => {
  const event = known('syscalls:sys_exit_openat');
  const view = new DataView(encodeRecord(event, fieldValues(event, 1234, {})).buffer);
  expect([view.getUint16(0, true), view.getInt32(4, true)]).toEqual([event.id, 1234]);
});
