/** A test that records itself: when it fails, the trace says what the code under test did. */
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { string, tracepoint, u32 } from 'lttng-ts';
import { connect } from 'lttng-ts/control';

const charged = tracepoint('shop:charged', { orderId: u32, customer: string });

/** The code under test. */
async function charge(orderId, customer) {
  charged({ orderId, customer });
  if (customer === 'Bob') throw new Error('Bob has no card');
}

/** Records what happens in `run`; keeps the trace of a failure. */
async function recorded(name, run) {
  const control = await connect();
  const { output, uuid } = await control.create(`${name}-${process.pid}`);
  await control.addEvent(uuid, 'shop:*', { target: { kind: 'pid', pid: process.pid } });
  // A registry that has just started does not know this process yet.
  while (!(await control.apps()).some(({ pid }) => pid === process.pid)) await pass(10);
  await control.start(uuid);
  let failure;
  try {
    await run();
  } catch (error) {
    failure = error;
  }
  await control.stop(uuid);
  await control.destroy(uuid);
  await control.close();
  if (failure === undefined) await rm(output, { recursive: true });
  else throw new Error(`${failure.message}; see lttng view ${output}`, { cause: failure });
}

test('charges Ada', () => recorded('ada', () => charge(7, 'Ada')));
test('charges Bob', () => recorded('bob', () => charge(8, 'Bob')));
