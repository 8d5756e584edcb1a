/** Conformance scripts: shared memory. */

import type { OsResult } from '../../../src/port/os-error.ts';
import type {
  ReadableSegment,
  SegmentRef,
  WritableSegment,
} from '../../../src/port/shared-memory.ts';
import {
  type ConformanceScript,
  kept,
  must,
  noteNumber,
  octal,
  outcome,
  type Stage,
  single,
} from '../stage.ts';

function create(
  stage: Stage,
  byteLength: number,
  mode: number,
  owner: 'root' | 'alice' | 'bob' = 'root',
): OsResult<SegmentRef> {
  const { uid, gid } = stage.users[owner];
  return stage.world.memory.create(byteLength, { uid, gid, mode });
}

/** Notes pass texts and numbers between processes. */
function noteRef({ notes }: Stage, name: string, { id, key, creatorUid }: SegmentRef): void {
  notes.set(name, id);
  notes.set(`${name} key`, key);
  notes.set(`${name} creator`, creatorUid);
}

function notedRef(stage: Stage, name: string): SegmentRef {
  const [key, creatorUid] = [
    noteNumber(stage, `${name} key`),
    noteNumber(stage, `${name} creator`),
  ];
  return { id: noteNumber(stage, name), key, creatorUid };
}

export const memoryScripts: readonly ConformanceScript[] = [
  single(
    'memory: what is written through one attachment is read through another',
    [
      'length: 8192 8192',
      'zeroed: yes',
      'u32: 4294967294',
      'u64: 81985529216486895',
      'f64: 1234.5',
      'bytes: 239 205 171',
      'after detach: 1',
    ],
    async (stage) => {
      const { memory } = stage.world;
      const id = must(create(stage, 8192, 0o600));
      const writable = must(memory.attachWritable(id));
      const readable = must(memory.attachReadable(id));
      stage.say(`length: ${writable.byteLength} ${readable.byteLength}`);
      const zeroed = readable.bytes(0, 8192).every((byte) => byte === 0);
      stage.say(`zeroed: ${zeroed ? 'yes' : 'no'}`);
      const view = new DataView(writable.buffer);
      view.setUint32(4, 4_294_967_294, true);
      view.setBigUint64(4096, 0x0123_4567_89ab_cdefn, true);
      view.setFloat64(8184, 1234.5, true);
      stage.say(`u32: ${readable.loadU32(4)}`);
      stage.say(`u64: ${readable.loadU64(4096)}`);
      stage.say(`f64: ${readable.loadF64(8184)}`);
      stage.say(`bytes: ${readable.bytes(4096, 3).join(' ')}`);
      view.setUint32(0, 1, true);
      writable.detach();
      writable.detach();
      stage.say(`after detach: ${readable.loadU32(0)}`);
      readable.detach();
      must(memory.remove(id));
    },
  ),
  single(
    'memory.info() describes the segment',
    ['length: 5000', 'mode: 0640', 'owner: ours', 'creator: ours', 'distinct ids: yes'],
    async (stage) => {
      const { memory } = stage.world;
      const id = must(create(stage, 5000, 0o640));
      const other = must(create(stage, 5000, 0o640));
      const info = must(memory.info(id));
      stage.say(`length: ${info.byteLength}`);
      stage.say(`mode: ${octal(info.mode)}`);
      const { uid, gid } = stage.users.root;
      stage.say(`owner: ${info.uid === uid && info.gid === gid ? 'ours' : 'not ours'}`);
      stage.say(`creator: ${info.creatorUid === uid ? 'ours' : 'not ours'}`);
      stage.say(`distinct ids: ${id === other ? 'no' : 'yes'}`);
      must(memory.remove(id));
      must(memory.remove(other));
    },
  ),
  single(
    'memory.remove() hides the segment but keeps it for those attached',
    [
      'attached: 2',
      'remove: ok',
      'attach writable: EIDRM',
      'attach readable: EIDRM',
      'info: EIDRM',
      'remove again: EIDRM',
      'still shared: 7',
      'still attached: 2 1',
      'after the last detach: EIDRM EIDRM',
      'never was: EIDRM',
      'no id of a segment: EIDRM EIDRM EIDRM',
    ],
    async (stage) => {
      const { memory } = stage.world;
      const id = must(create(stage, 4096, 0o600));
      const writable = must(memory.attachWritable(id));
      const readable = must(memory.attachReadable(id));
      stage.say(`attached: ${must(memory.attachments(id))}`);
      stage.say(`remove: ${outcome(memory.remove(id))}`);
      stage.say(`attach writable: ${outcome(memory.attachWritable(id))}`);
      stage.say(`attach readable: ${outcome(memory.attachReadable(id))}`);
      stage.say(`info: ${outcome(memory.info(id))}`);
      stage.say(`remove again: ${outcome(memory.remove(id))}`);
      new Uint32Array(writable.buffer)[0] = 7;
      stage.say(`still shared: ${readable.loadU32(0)}`);
      const before = must(memory.attachments(id));
      writable.detach();
      stage.say(`still attached: ${before} ${must(memory.attachments(id))}`);
      readable.detach();
      const gone = [memory.info(id), memory.attachments(id)].map(outcome);
      stage.say(`after the last detach: ${gone.join(' ')}`);
      stage.say(`never was: ${outcome(memory.attachReadable({ ...id, id: 2_000_000_000 }))}`);
      // An implementation that truncates the id to 32 bits would read the first one as segment 0.
      const nonsense = [2 ** 32, -1, 0.5].map((bad) =>
        outcome(memory.attachReadable({ ...id, id: bad })),
      );
      stage.say(`no id of a segment: ${nonsense.join(' ')}`);
    },
  ),
  single(
    'memory.list() lists the segments that are not removed, and their creators',
    ['made: mine mine', 'one removed: no mine', 'removed and attached: no', 'detached: no'],
    async (stage) => {
      const { memory, identity } = stage.world;
      const [first, second] = [must(create(stage, 4096, 0o600)), must(create(stage, 4096, 0o600))];
      const whose = ({ id, key }: SegmentRef): string => {
        const found = must(memory.list()).find((each) => each.id === id && each.key === key);
        if (found === undefined) return 'no';
        return found.creatorUid === identity.uid ? 'mine' : "another's";
      };
      stage.say(`made: ${whose(first)} ${whose(second)}`);
      must(memory.remove(first));
      stage.say(`one removed: ${whose(first)} ${whose(second)}`);
      const attached = must(memory.attachReadable(second));
      must(memory.remove(second));
      stage.say(`removed and attached: ${whose(second)}`);
      attached.detach();
      stage.say(`detached: ${whose(second)}`);
    },
  ),
  single(
    'memory: the id of a segment with another key or creator names no segment',
    [
      'another key: EIDRM EIDRM EIDRM EIDRM EIDRM',
      'another creator: EIDRM EIDRM EIDRM EIDRM EIDRM',
      'distinct keys: yes',
      'itself: ok',
    ],
    async (stage) => {
      const { memory } = stage.world;
      const segment = must(create(stage, 4096, 0o600));
      const other = must(create(stage, 4096, 0o600));
      const calls = (ref: SegmentRef): string =>
        [
          memory.attachWritable(ref),
          memory.attachReadable(ref),
          memory.info(ref),
          memory.attachments(ref),
          memory.remove(ref),
        ]
          .map(outcome)
          .join(' ');
      stage.say(`another key: ${calls({ ...segment, key: other.key })}`);
      stage.say(`another creator: ${calls({ ...segment, creatorUid: segment.creatorUid + 1 })}`);
      stage.say(`distinct keys: ${segment.key === other.key ? 'no' : 'yes'}`);
      stage.say(`itself: ${outcome(memory.remove(segment))}`);
      must(memory.remove(other));
    },
  ),
  single(
    'memory: loads stay inside the segment',
    ['last word: 0', 'past the end: refused', 'unaligned: refused', 'bytes past the end: refused'],
    async (stage) => {
      const { memory } = stage.world;
      const id = must(create(stage, 4096, 0o600));
      const readable = must(memory.attachReadable(id));
      const refusal = (read: () => unknown): string => {
        try {
          read();
          return 'taken';
        } catch {
          return 'refused';
        }
      };
      stage.say(`last word: ${readable.loadU32(4092)}`);
      stage.say(`past the end: ${refusal(() => readable.loadU32(4096))}`);
      stage.say(`unaligned: ${refusal(() => readable.loadU64(4))}`);
      stage.say(`bytes past the end: ${refusal(() => readable.bytes(4090, 7))}`);
      readable.detach();
      must(memory.remove(id));
    },
  ),
  single(
    'memory.create() refuses an empty segment, and owners that cannot be',
    ['nothing: EINVAL', 'negative: EINVAL', 'uid -1: EINVAL', 'gid 2^32: EINVAL'],
    async (stage) => {
      stage.say(`nothing: ${outcome(create(stage, 0, 0o600))}`);
      stage.say(`negative: ${outcome(create(stage, -4096, 0o600))}`);
      const { memory } = stage.world;
      const owned = (uid: number, gid: number): OsResult<SegmentRef> =>
        memory.create(4096, { uid, gid, mode: 0o600 });
      stage.say(`uid -1: ${outcome(owned(-1, 0))}`);
      stage.say(`gid 2^32: ${outcome(owned(0, 2 ** 32))}`);
    },
  ),
  {
    name: 'memory checks owner, group and mode at attach',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (stage) => {
          const { memory } = stage.world;
          const { alice, bob } = stage.users;
          const id = must(memory.create(4096, { uid: alice.uid, gid: bob.gid, mode: 0o640 }));
          noteRef(stage, 'id', id);
          const secret = must(memory.create(4096, { uid: 0, gid: 0, mode: 0o600 }));
          noteRef(stage, 'secret', secret);
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const { memory } = stage.world;
          const id = notedRef(stage, 'id');
          const writable = must(memory.attachWritable(id));
          new Uint32Array(writable.buffer)[3] = 99;
          stage.keep.set('writable', writable);
          stage.say('alice writes: ok');
          const secret = notedRef(stage, 'secret');
          stage.say(`alice, secret: ${outcome(memory.attachReadable(secret))}`);
          stage.say(`alice, secret info: ${outcome(memory.info(secret))}`);
          stage.say(`alice, secret attachments: ${outcome(memory.attachments(secret))}`);
        },
      },
      {
        user: 'bob',
        run: async (stage) => {
          const { memory } = stage.world;
          const id = notedRef(stage, 'id');
          stage.say(`bob writes: ${outcome(memory.attachWritable(id))}`);
          const readable = must(memory.attachReadable(id));
          stage.keep.set('readable', readable);
          stage.say(`bob reads: ${readable.loadU32(12)}`);
          stage.say(`bob removes: ${outcome(memory.remove(id))}`);
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const writable = kept<WritableSegment>(stage, 'writable');
          new Uint32Array(writable.buffer)[3] = 100;
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'bob',
        run: async (stage) => {
          const readable = kept<ReadableSegment>(stage, 'readable');
          stage.say(`after alice was killed: ${readable.loadU32(12)}`);
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const id = notedRef(stage, 'id');
          stage.say(`alice removes: ${outcome(stage.world.memory.remove(id))}`);
        },
      },
      {
        user: 'bob',
        run: async (stage) => {
          const readable = kept<ReadableSegment>(stage, 'readable');
          stage.say(`bob still reads: ${readable.loadU32(12)}`);
          readable.detach();
        },
      },
      {
        user: 'root',
        run: async (stage) => {
          must(stage.world.memory.remove(notedRef(stage, 'secret')));
        },
      },
    ],
    expected: [
      'alice writes: ok',
      'alice, secret: EACCES',
      'alice, secret info: EACCES',
      'alice, secret attachments: EACCES',
      'bob writes: EACCES',
      'bob reads: 99',
      'bob removes: EPERM',
      'after alice was killed: 100',
      'alice removes: ok',
      'bob still reads: 100',
    ],
  },
  {
    name: "memory.create() gives a segment away, but its creator keeps an owner's rights",
    severalUsers: true,
    steps: [
      {
        user: 'alice',
        run: async (stage) => {
          const id = must(create(stage, 4096, 0o600, 'bob'));
          noteRef(stage, 'id', id);
          const attached = stage.world.memory.attachWritable(id);
          stage.say(`creator attaches: ${outcome(attached)}`);
          if (attached.ok) attached.value.detach();
        },
      },
      {
        user: 'bob',
        run: async (stage) => {
          const { memory } = stage.world;
          const id = notedRef(stage, 'id');
          const info = must(memory.info(id));
          const { alice, bob } = stage.users;
          stage.say(`owner: ${info.uid === bob.uid ? 'bob' : info.uid}`);
          stage.say(`creator: ${info.creatorUid === alice.uid ? 'alice' : info.creatorUid}`);
          stage.say(`owner removes: ${outcome(memory.remove(id))}`);
        },
      },
    ],
    expected: ['creator attaches: ok', 'owner: bob', 'creator: alice', 'owner removes: ok'],
  },
];
