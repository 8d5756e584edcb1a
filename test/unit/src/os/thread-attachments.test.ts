/** The table of the segments that threads have attached: its bound, and the segments of ended threads. */
import { expect, it } from 'vitest';
import {
  ATTACHMENTS_MAX,
  noteAttachment,
  shareAttachments,
  takeAbandoned,
} from '../../../../src/os/thread-attachments.ts';

const OWN = process.pid;
/** A thread id that no thread has: one past the kernel's largest id. */
const ENDED_TID = 4_194_305;

it('keeps nothing before there is a table', () => {
  expect(noteAttachment(OWN, { pointer: 4096n, byteLength: 1 })).toBeUndefined();
  expect(takeAbandoned(OWN)).toEqual([]);
});

it('has room for ATTACHMENTS_MAX, and again after entries are removed', () => {
  shareAttachments();
  const kept = Array.from({ length: ATTACHMENTS_MAX }, (_, index) =>
    noteAttachment(OWN, { pointer: BigInt(index) * 4096n, byteLength: 1 }),
  );
  expect(kept.filter((forget) => forget === undefined)).toEqual([]);
  expect(noteAttachment(OWN, { pointer: 0n, byteLength: 1 })).toBeUndefined();
  kept[7]?.();
  shareAttachments();
  const again = noteAttachment(OWN, { pointer: 0n, byteLength: 1 });
  expect(again).toBeDefined();
  for (const forget of [...kept, again]) forget?.();
});

it('returns the segments of an ended thread once, in whole pages, and none of a live thread', () => {
  shareAttachments();
  const forget = noteAttachment(OWN, { pointer: 0x1000n, byteLength: 5000 });
  noteAttachment(ENDED_TID, { pointer: 0x7fff_8765_4000n, byteLength: 5000 });
  expect(takeAbandoned(ENDED_TID)).toEqual([]);
  expect(takeAbandoned(OWN)).toEqual([{ pointer: 0x7fff_8765_4000n, byteLength: 8192 }]);
  expect(takeAbandoned(OWN)).toEqual([]);
  forget?.();
});
