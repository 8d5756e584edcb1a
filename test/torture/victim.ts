/**
 * An application of the torture test: `victim.js NOTEBOOK INCARNATION`. It records into the four sessions of a
 * round, an event class for each, and keeps account of what it emitted in a file that outlives any end of the
 * process: before each event the numbers of its class that are begun and done.
 */
import { openSync, writeSync } from 'node:fs';
import { tracepoint } from '../../bin/library.ts';
import { SCHEMA } from '../../sim/input/workload.ts';
import { BEGUN, DONE, EMITTED, NOTE_BYTES, textOf } from './sessions.ts';

const [, , notebook = '', incarnation = ''] = process.argv;
const file = openSync(notebook, 'w');
const bytes = new Uint8Array(NOTE_BYTES * EMITTED.length);
const note = new DataView(bytes.buffer);

const PAUSE_MS = 20;

const sources = EMITTED.map(({ event, burst, everyTurns }, index) => {
  const emit = tracepoint(event, SCHEMA);
  const text = textOf(incarnation, event);
  const at = index * NOTE_BYTES;
  let counter = 0;
  const write = (begun: number): void => {
    note.setUint32(at + BEGUN, begun, true);
    note.setUint32(at + DONE, counter, true);
    writeSync(file, bytes, 0, bytes.length, 0);
  };
  return (turn: number): void => {
    // The state cannot change between here and the end of the burst.
    if (!emit.enabled || turn % everyTurns !== 0) return;
    for (let left = burst; left > 0; left--) {
      write(counter + 1);
      emit({ counter, text });
      counter += 1;
    }
    write(counter);
  };
});

let turn = 0;
setInterval(() => {
  for (const source of sources) source(turn);
  turn += 1;
}, PAUSE_MS);
