/**
 * Access rights (R1.3 to R1.8, R1.20, R1.25, S2 to S4) by user and operation, with the expected outcome. Tests run the
 * whole table in the simulator and with real processes of real users.
 *
 * The stage has a global registry of root and a registry of Carol, who is outside the group. Alice and Bob are members.
 * Alice's session `web` in the global registry records an application of hers and one of Carol's; Carol's session
 * `mine` in her own registry records hers. Alice's sessions `spare-USER` exist to be destroyed.
 */
import type { SegmentInfo, SegmentRef } from '../../../src/port/shared-memory.ts';
import type { Probe } from './probes.ts';

export const USERS = ['root', 'alice', 'bob', 'carol'] as const;
export type User = (typeof USERS)[number];

/** The targets of the probes. */
export interface Stage {
  readonly uids: Readonly<Record<User, number>>;
  readonly homes: Readonly<Record<User, string>>;
  readonly runDirectory: string;
  readonly carolsDirectory: string;
  readonly webUuid: string;
  readonly mineUuid: string;
  readonly webOutput: string;
  readonly mineOutput: string;
  readonly alicesApp: number;
  readonly carolsApp: number;
  readonly segments: readonly (SegmentInfo & SegmentRef)[];
}

export interface Row {
  /** The operation changes what other users see: such rows come after all others. */
  readonly isChange?: true;
  readonly operation: string;
  readonly probe: (stage: Stage, user: User) => Probe;
  /** Outcomes for root, Alice, Bob and Carol, in this order. */
  readonly expected: readonly [root: string, alice: string, bob: string, carol: string];
}

const NO = 'EACCES';
/** A position segment is smaller than this, a data segment is not. */
const DATA_BYTES_MIN = 16 * 1024;

function segment(
  { segments }: Stage,
  kind: 'data' | 'position',
  of: { uid: number; mode: number },
): SegmentRef {
  const found = segments.filter(
    ({ byteLength, uid, mode }) =>
      byteLength >= DATA_BYTES_MIN === (kind === 'data') && uid === of.uid && mode === of.mode,
  );
  if (found[0] === undefined || found.length > 1) {
    throw new Error(`${found.length} ${kind} segments of uid ${of.uid}, mode ${of.mode}`);
  }
  const { id, key, creatorUid } = found[0];
  return { id, key, creatorUid };
}

const alicesData = (stage: Stage): SegmentRef =>
  segment(stage, 'data', { uid: stage.uids.alice, mode: 0o640 });
const carolsData = (stage: Stage): SegmentRef =>
  segment(stage, 'data', { uid: stage.uids.carol, mode: 0o640 });
const mineData = (stage: Stage): SegmentRef =>
  segment(stage, 'data', { uid: stage.uids.carol, mode: 0o600 });
/** The segment of Carol's application in Alice's session. */
const carolsPosition = (stage: Stage): SegmentRef =>
  segment(stage, 'position', { uid: stage.uids.alice, mode: 0o640 });

const LOG_LEVEL_ALL = 14;

function traces(user: User, pid: number, output: string): Probe {
  const session = `probe-${user}-${pid}`;
  return {
    kind: 'command',
    scope: 'global',
    operations: [
      { op: 'session.create', name: session, output },
      {
        op: 'event.enable',
        session,
        patterns: ['*'],
        logLevelMax: LOG_LEVEL_ALL,
        target: { kind: 'pid', pid },
      },
      { op: 'session.start', session },
      { op: 'session.get', session },
    ],
  };
}

export const TABLE: readonly Row[] = [
  {
    operation: 'open the client socket of the global registry',
    probe: ({ runDirectory }) => ({ kind: 'connect', path: `${runDirectory}/client.sock` }),
    expected: ['ok', 'ok', 'ok', NO],
  },
  {
    operation: 'open the application socket of the global registry',
    probe: ({ runDirectory }) => ({ kind: 'connect', path: `${runDirectory}/apps.sock` }),
    expected: ['ok', 'ok', 'ok', 'ok'],
  },
  {
    operation: 'take the lock of the global registry',
    probe: ({ runDirectory }) => ({ kind: 'open file', path: `${runDirectory}/registry.lock` }),
    expected: ['ok', NO, NO, NO],
  },
  {
    operation: 'open the client socket of a registry of Carol',
    probe: ({ carolsDirectory }) => ({ kind: 'connect', path: `${carolsDirectory}/client.sock` }),
    expected: ['ok', NO, NO, 'ok'],
  },
  {
    operation: 'open the application socket of a registry of Carol',
    probe: ({ carolsDirectory }) => ({ kind: 'connect', path: `${carolsDirectory}/apps.sock` }),
    expected: ['ok', NO, NO, 'ok'],
  },
  {
    operation: 'list the sessions of the global registry: one sees its own, root all',
    probe: () => ({
      kind: 'command',
      scope: 'global',
      operations: [{ op: 'session.list', from: 0 }],
    }),
    expected: ['5 sessions', '5 sessions', '0 sessions', 'NO_REGISTRY'],
  },
  {
    operation: 'list the applications of the global registry',
    probe: () => ({ kind: 'command', scope: 'global', operations: [{ op: 'app.list', from: 0 }] }),
    expected: ['2 applications', '2 applications', '2 applications', 'NO_REGISTRY'],
  },
  {
    operation: 'list the applications of a registry of Carol',
    probe: () => ({ kind: 'command', scope: 'user', operations: [{ op: 'app.list', from: 0 }] }),
    expected: ['NO_REGISTRY', 'NO_REGISTRY', 'NO_REGISTRY', '1 applications'],
  },
  {
    operation: "change Alice's session: a rule",
    probe: ({ webUuid }) => ({
      kind: 'command',
      scope: 'global',
      operations: [
        {
          op: 'event.disable',
          session: webUuid,
          patterns: ['no-such-rule'],
        },
      ],
    }),
    // NO_RULE: the registry carries the request out and finds no rule of that name.
    expected: ['NO_RULE', 'NO_RULE', 'NOT_ALLOWED', 'NO_REGISTRY'],
  },
  {
    operation: "start Alice's session, which is active",
    probe: ({ webUuid }) => ({
      kind: 'command',
      scope: 'global',
      operations: [{ op: 'session.start', session: webUuid }],
    }),
    expected: ['ALREADY', 'ALREADY', 'NOT_ALLOWED', 'NO_REGISTRY'],
  },
  {
    operation: "stop Alice's spare session, which is inactive",
    probe: (_stage, user) => ({
      kind: 'command',
      scope: 'global',
      operations: [{ op: 'session.stop', session: `spare-${user}` }],
    }),
    expected: ['ALREADY', 'ALREADY', 'NOT_ALLOWED', 'NO_REGISTRY'],
  },
  {
    operation: "consume Alice's session, which has a consumer",
    probe: ({ webUuid }) => ({ kind: 'consume', scope: 'global', session: webUuid }),
    expected: ['NOT_ALLOWED', 'ALREADY', 'NOT_ALLOWED', NO],
  },
  {
    operation: "take a snapshot of Alice's session",
    probe: ({ webUuid }) => ({ kind: 'snapshot', scope: 'global', session: webUuid }),
    expected: ['ok', 'ok', 'NOT_ALLOWED', NO],
  },
  {
    operation: "take a snapshot of Carol's session in her own registry",
    probe: ({ mineUuid }) => ({ kind: 'snapshot', scope: 'user', session: mineUuid }),
    // Only Carol has a registry of her own here.
    expected: ['ENOENT', 'ENOENT', 'ENOENT', 'ok'],
  },
  {
    operation: "read the data of Alice's application in her session",
    probe: (stage) => ({ kind: 'read segment', segment: alicesData(stage) }),
    expected: ['ok', 'ok', 'ok', NO],
  },
  {
    operation: "write the data of Alice's application",
    probe: (stage) => ({ kind: 'write segment', segment: alicesData(stage) }),
    expected: ['ok', 'ok', NO, NO],
  },
  {
    operation: "read the data of Carol's application in Alice's session",
    probe: (stage) => ({ kind: 'read segment', segment: carolsData(stage) }),
    expected: ['ok', 'ok', 'ok', 'ok'],
  },
  {
    operation: "write the data of Carol's application in Alice's session",
    probe: (stage) => ({ kind: 'write segment', segment: carolsData(stage) }),
    expected: ['ok', NO, NO, 'ok'],
  },
  {
    operation: "read the position of Alice's consumer in the buffers of Carol's application",
    probe: (stage) => ({ kind: 'read segment', segment: carolsPosition(stage) }),
    expected: ['ok', 'ok', NO, 'ok'],
  },
  {
    operation: "write the position of Alice's consumer",
    probe: (stage) => ({ kind: 'write segment', segment: carolsPosition(stage) }),
    expected: ['ok', 'ok', NO, NO],
  },
  {
    operation: "wake Alice's consumer for Carol's application",
    probe: ({ runDirectory, webUuid, uids }) => ({
      kind: 'signal pipe',
      path: `${runDirectory}/wake-${webUuid}-${uids.carol}`,
    }),
    expected: ['ok', 'ok', 'ok', 'ok'],
  },
  {
    operation: "read the data of Carol's application in her own session",
    probe: (stage) => ({ kind: 'read segment', segment: mineData(stage) }),
    expected: ['ok', NO, NO, 'ok'],
  },
  {
    operation: "read the trace of Alice's session",
    probe: ({ webOutput }) => ({ kind: 'list directory', path: webOutput }),
    expected: ['ok', 'ok', NO, NO],
  },
  {
    operation: "read the trace of Carol's session",
    probe: ({ mineOutput }) => ({ kind: 'list directory', path: mineOutput }),
    expected: ['ok', NO, NO, 'ok'],
  },
  {
    isChange: true,
    operation: "start Alice's spare session, which has no consumer",
    probe: (_stage, user) => ({
      kind: 'command',
      scope: 'global',
      operations: [{ op: 'session.start', session: `spare-${user}` }],
    }),
    // Root's consumer would write to a path that Alice chose.
    expected: ['NOT_ALLOWED', 'ok', 'NOT_ALLOWED', 'NO_REGISTRY'],
  },
  {
    isChange: true,
    operation: "destroy Alice's spare session",
    probe: (_stage, user) => ({
      kind: 'command',
      scope: 'global',
      operations: [{ op: 'session.destroy', session: `spare-${user}` }],
    }),
    expected: ['ok', 'ok', 'NOT_ALLOWED', 'NO_REGISTRY'],
  },
  {
    isChange: true,
    operation: "trace Alice's application in a session of one's own",
    probe: (stage, user) => traces(user, stage.alicesApp, `${stage.homes[user]}/probe`),
    expected: ['ok, 1 streams', 'ok, 1 streams', 'ok, 1 streams', 'NO_REGISTRY'],
  },
  {
    isChange: true,
    operation: "trace Carol's application in a session of one's own",
    probe: (stage, user) => traces(user, stage.carolsApp, `${stage.homes[user]}/probe`),
    expected: ['ok, 1 streams', 'ok, 1 streams', 'ok, 1 streams', 'NO_REGISTRY'],
  },
];

/** The table as text: expected outcomes, and beside them each observed outcome that differs. */
export function render(seen: readonly (readonly string[])[]): string {
  const width = Math.max(...TABLE.map(({ operation }) => operation.length));
  const cell = (expected: string, outcome: string): string =>
    (expected === outcome ? expected : `${expected}, seen ${outcome}`).padEnd(16);
  const rows = TABLE.map(({ operation, expected }, index) =>
    [operation.padEnd(width), ...expected.map((word, at) => cell(word, seen[index]?.[at] ?? ''))]
      .join('  ')
      .trimEnd(),
  );
  const heads = USERS.map((user) => user.padEnd(16)).join('  ');
  return [`${''.padEnd(width)}  ${heads}`.trimEnd(), ...rows].join('\n');
}
