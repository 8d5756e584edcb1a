/** A stream in several files is one run of messages, whatever their names say, and also while it is written. */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openTrace, type TraceReader } from '../../../../../src/ctf/read/reader.ts';
import { SplitStream } from '../../../../../src/ctf/read/split-stream.ts';
import { createFiles } from '../../../../../src/os/files.ts';
import { u32 } from '../../../../../src/tracer/types.ts';
import { openTraceSet } from '../../../../../src/view/trace-set.ts';
import { must } from '../../../../support/ring/memory.ts';
import { temporaryDirectory } from '../../../../support/temporary.ts';
import { TraceWriter } from '../../../../support/trace/write-trace.ts';

/** Where a packet's header has its length in bits, and the counter of discarded events (`src/ctf/packet.ts`). */
const LENGTH_AT = 56;
const DISCARDED_AT = 72;
const files = createFiles();

let directory: string;
beforeEach(() => {
  directory = join(temporaryDirectory(), 'trace');
  mkdirSync(directory);
});

/** Packets of one stream: the opening packet, and then one with the event `n` for each `n` from 0 on. */
function packetsOf(count: number, from = 0): Uint8Array[] {
  const source = join(temporaryDirectory(), 'source');
  const trace = new TraceWriter(files, source);
  const stream = trace.stream();
  const hit = stream.tracer.tracepoint('my:hit', { n: u32 });
  for (let n = from; n < from + count; n++) {
    trace.clock.ns += 1000n;
    hit({ n });
    stream.drain(true);
  }
  trace.close();
  writeFileSync(join(directory, 'metadata'), readFileSync(join(source, 'metadata')));
  const bytes = readFileSync(join(source, 'channel0_0'));
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += (packets.at(-1) ?? bytes).length) {
    const length = Number(bytes.readBigUInt64LE(at + LENGTH_AT)) / 8;
    packets.push(bytes.subarray(at, at + length));
  }
  return packets;
}

function write(name: string, packets: readonly Uint8Array[]): void {
  rmSync(join(directory, name), { force: true });
  writeFileSync(join(directory, name), Buffer.concat(packets));
}

/** Numbers of events, and what else there is. */
function messagesOf(trace: TraceReader): (number | string)[] {
  return [...trace.streams].flatMap((stream) => {
    const found: (number | string)[] = [];
    for (let next = stream.next(false); next !== undefined; next = stream.next(false)) {
      if (next.kind === 'event') found.push(Number(next.fields[0]));
      else if (next.kind === 'problem') found.push(next.text.slice(directory.length));
      else found.push(`${next.kind} ${next.count}`);
    }
    return found;
  });
}

function read(): (number | string)[] {
  const trace = must(openTrace(files, directory));
  const messages = messagesOf(trace);
  trace.close();
  return messages;
}

describe('a stream in several files', () => {
  it('is one stream, in the order of its packets', () => {
    const packets = packetsOf(6);
    expect(packets).toHaveLength(7);
    write('channel0_0_0', packets.slice(5));
    write('channel0_0_1', packets.slice(1, 3));
    write('channel0_0_2', packets.slice(3, 5));
    const trace = must(openTrace(files, directory));
    const [stream, another] = trace.streams;
    expect(another).toBeUndefined();
    expect(stream).toBeInstanceOf(SplitStream);
    expect(stream).toMatchObject({ path: `${directory}/channel0_0`, first: { number: 1n } });
    expect(messagesOf(trace)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stream?.byteLength()).toBe(Buffer.concat(packets.slice(1)).length);
    expect(stream?.reachedBytes).toBe(stream?.byteLength());
    trace.close();
  });

  it('tells what is lost between its files', () => {
    const packets = packetsOf(6);
    write('channel0_0_0', packets.slice(0, 2));
    write('channel0_0_1', packets.slice(4, 5));
    const last = new Uint8Array(packets[5] ?? []);
    new DataView(last.buffer).setBigUint64(DISCARDED_AT, 7n, true);
    write('channel0_0_2', [last]);
    expect(read()).toEqual([0, 'discarded-packets 2', 3, 'discarded-events 7', 4]);
  });

  it('goes on behind a file that cannot be read', () => {
    const packets = packetsOf(3);
    const damaged = new Uint8Array(packets[2] ?? []);
    damaged[0] = 0;
    write('channel0_0_0', [...packets.slice(0, 2), damaged]);
    write('channel0_0_1', packets.slice(3));
    const at = Buffer.concat(packets.slice(0, 2)).length;
    expect(read()).toEqual([
      0,
      `/channel0_0_0: the packet at byte ${at} cannot be read: its magic number is wrong`,
      'discarded-packets 1',
      2,
    ]);
  });

  it('has no packet in an empty file, and part of one in the last', () => {
    const packets = packetsOf(3);
    write('channel0_0_0', packets.slice(0, 3));
    write('channel0_0_1', [packets[3]?.subarray(0, 20) ?? new Uint8Array()]);
    write('channel0_0_2', []);
    expect(read()).toEqual([
      0,
      1,
      '/channel0_0_1: the last packet, at byte 0, is cut off after 20 bytes',
    ]);
  });

  it('is told from streams that are only named like one', () => {
    const packets = packetsOf(2);
    const other = packets.map((packet) => {
      const copy = new Uint8Array(packet);
      new DataView(copy.buffer).setBigUint64(24, 9n, true);
      return copy;
    });
    write('channel_1_0', packets);
    write('channel_1_9', other);
    const trace = must(openTrace(files, directory));
    expect(trace.streams.map(({ path }) => path.slice(directory.length)).toSorted()).toEqual([
      '/channel_1',
      '/channel_1_9',
    ]);
    expect(messagesOf(trace)).toEqual([0, 1, 0, 1]);
    trace.close();
  });
});

describe('a stream in several files that is written meanwhile', () => {
  it('continues in files that are new or overwritten', () => {
    const packets = packetsOf(8);
    write('channel0_0_0', packets.slice(0, 2));
    write('channel0_0_1', packets.slice(2, 3));
    const { set, problems } = must(openTraceSet(files, [directory], { isFollowing: true }));
    expect(problems).toEqual([]);
    const shown: (number | string)[] = [];
    let seconds = 0;
    const show = (): void => {
      // Bytes are shown when they were there for a while.
      for (let turn = 0; turn < 3; turn++) {
        seconds += 2;
        expect(set.refresh(BigInt(seconds) * 1_000_000_000n)).toEqual([]);
        for (let next = set.next(); next !== undefined; next = set.next()) {
          if (next.kind === 'event') shown.push(Number(next.fields[0]));
          else if (next.kind !== 'problem') shown.push(`${next.kind} ${next.count}`);
        }
      }
    };
    show();
    expect(shown).toEqual([0, 1]);
    appendFileSync(join(directory, 'channel0_0_1'), packets[3] ?? '');
    show();
    expect(shown).toEqual([0, 1, 2]);
    write('channel0_0_0', packets.slice(4, 5));
    show();
    expect(shown).toEqual([0, 1, 2, 3]);
    // The file with the event 4 is overwritten before it is read.
    write('channel0_0_1', packets.slice(6, 7));
    write('channel0_0_0', packets.slice(7));
    show();
    expect(shown).toEqual([0, 1, 2, 3, 'discarded-packets 1', 5, 6, 7]);
    set.close();
    expect(readdirSync(directory)).toHaveLength(3);
  });
});
