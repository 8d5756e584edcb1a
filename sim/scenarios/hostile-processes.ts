/**
 * H1: users trace as in S3, while hostile processes send malformed messages to registries, stay silent, and try to
 * become the consumer of another user's session. H2: the directory of a user's registry is writable for all users, and
 * another user listens there. H3: hostile processes register like applications and then misbehave, name channels that
 * other processes left, and request sessions that have a consumer or none yet. H4: an impostor answers in place of a
 * user's registry. H5: the modes of registries' sockets let all users connect. H7: the listener on the application
 * socket stays silent, or replaces the socket of the registry between a check and its use.
 */

import type { Operation } from '../../src/wire/control/messages.ts';
import { type Attack, MALFORMATIONS, type Malformation, MISBEHAVIOURS } from '../input/attack.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import {
  applicationsOf,
  commandsOf,
  DURATION_MS,
  onlyAlice,
  operationsAt,
  recordingAll,
  refusedAt,
  SERVING_MS,
  samplesOf,
} from './parts.ts';
import { s3 } from './two-users.ts';

const ATTACKS_MAX = 6;
/** A command that starts a session has spawned its consumer by then. */
const ATTACHED_MS = 30;
/** A silent listener has ended by then. */
const MUTE_GONE_MS = 12_500;
/** The registry directory of the user with unsafe modes. */
const PLACE = '/home/alice/.lttng-ts';
const GLOBAL_PLACE = '/run/lttng-ts';

export const h1: Scenario = {
  id: 'H1',
  title: 'hostile peers of a registry do not affect other users',
  marks: ['event-recorded', 'command-refused'],
  draw: drawPeers,
};

export const h2: Scenario = {
  id: 'H2',
  title: "another user's process listens at the socket path of a user's registry",
  marks: ['command-refused'],
  draw: drawPlanted,
};

export const h3: Scenario = {
  id: 'H3',
  title: 'hostile applications and consumers do not affect other users',
  marks: [
    'event-recorded',
    'command-refused',
    'impostor-traced',
    'stream-distrusted',
    'passed-socket-of-another',
  ],
  draw: drawImpostors,
};

export const h4: Scenario = {
  id: 'H4',
  title: "an impostor answers in place of a user's registry",
  marks: ['command-refused', 'grant-distrusted'],
  draw: drawPoser,
};

export const h7: Scenario = {
  id: 'H7',
  title: 'the listener on the application socket is silent, or has replaced the registry',
  marks: ['registry-of-a-user'],
  draw: (seed) => (new Draw(seed).of('whole').chance(3) ? drawMute(seed) : drawSwapped(seed)),
};

export const h5: Scenario = {
  id: 'H5',
  title: 'the modes of registry sockets let all users connect',
  marks: ['event-recorded', 'impostor-traced', 'stranger-refused'],
  draw: drawOpened,
};

function drawPeers(seed: number): ScenarioInput {
  const input = besideFriends(seed, [], attackAt);
  const { quirks } = sometimesPreempted(seed);
  if (quirks === undefined) return input;
  // Her hostile process may attach before the consumer that her command started, and become the consumer.
  const scripts = input.scripts.map(({ user, steps }) => ({
    user,
    steps: steps.filter((step) => user !== 'alice' || !isAttachingTo(step, '@alice/of-alice')),
  }));
  return { ...input, scripts, quirks };
}

function isAttachingTo(step: ScriptStep, session: string): boolean {
  return (
    step.do === 'attack' &&
    step.attack.kind === 'attach-consumer' &&
    step.attack.session === session
  );
}

/** In half of the runs other processes run between a check and its use. */
function sometimesPreempted(seed: number): Pick<ScenarioInput, 'quirks'> {
  return new Draw(seed).of('quirks').chance(2) ? { quirks: ['preempted'] } : {};
}

/** Attacks of alice and of two others, while users trace as in S3. */
function besideFriends(
  seed: number,
  more: readonly Script[],
  draw: (part: PartDraw, user: string) => ScriptStep,
): ScenarioInput {
  const input = s3.draw(seed);
  const draws = new Draw(seed);
  const hostile = (user: string): Script => {
    const part = draws.of(`tricks of ${user}`);
    const steps = Array.from({ length: part.between(1, ATTACKS_MAX) }, () => draw(part, user));
    return { user, steps: steps.toSorted((one, other) => one.at - other.at) };
  };
  return {
    ...input,
    users: [
      ...input.users,
      { name: 'mallory', uid: 1004, gid: 1004, groups: ['tracing'] },
      { name: 'eve', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { ...input.groups, mallory: 1004, eve: 1005 },
    scripts: [...input.scripts, ...more, hostile('mallory'), hostile('eve'), hostile('alice')],
  };
}

function attackAt(part: PartDraw): ScriptStep {
  const socket = part.pick(['client', 'app'] as const);
  const [first, ...others] = MALFORMATIONS;
  const attack = part.pick<Attack>([
    { kind: 'malformed-frame', socket, malformation: part.pick<Malformation>([first, ...others]) },
    { kind: 'malformed-frame', socket, malformation: part.pick<Malformation>([first, ...others]) },
    { kind: 'unknown-version', socket },
    // Ten idle seconds are cheap to simulate.
    { kind: 'silent-connection', socket, words: socket === 'app' ? part.pick([0, 1]) : 0 },
    { kind: 'attach-consumer', session: part.pick(['@alice/of-alice', '@bob/of-bob']) },
    { kind: 'attach-consumer', session: part.pick(['@alice/of-alice', '@bob/of-bob']) },
    { kind: 'false-confirmation' },
  ]);
  return { at: part.between(SERVING_MS, DURATION_MS), do: 'attack', attack };
}

/** Alice has one session with a consumer and one without. */
function drawImpostors(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const of = (session: string, isStarted: boolean): Script => {
    const channel = draws.of(`channel of ${session}`).channel('small');
    const begin = recordingAll(session, `/home/alice/${session}`, channel);
    const start: Operation[] = isStarted ? [{ op: 'session.start', session }] : [];
    return {
      user: 'alice',
      steps: [
        operationsAt(SERVING_MS, [...begin, ...start]),
        operationsAt(DURATION_MS, [{ op: 'session.destroy', session }]),
      ],
    };
  };
  return besideFriends(seed, [of('steady', true), of('idle', false)], impostureAt);
}

function impostureAt(part: PartDraw, user: string): ScriptStep {
  const [first, ...others] = MISBEHAVIOURS;
  const attack = part.pick<Attack>([
    { kind: 'rogue-application', misbehaviour: part.pick([first, ...others]) },
    { kind: 'rogue-application', misbehaviour: part.pick([first, ...others]) },
    { kind: 'shared-token' },
    { kind: 'claimed-token', token: part.pick(['@alice', '@mallory', '@eve']) },
    { kind: 'attach-consumer', session: '@alice/steady' },
    // The idle session has no consumer: her own process would become it.
    { kind: 'attach-consumer', session: user === 'alice' ? '@alice/steady' : '@alice/idle' },
  ]);
  return {
    at: part.between(SERVING_MS + ATTACHED_MS, DURATION_MS - ATTACHED_MS),
    do: 'attack',
    attack,
  };
}

function drawPoser(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const commands = Array.from({ length: whole.between(1, 3) }, () =>
    refusedAt(whole.between(SERVING_MS, DURATION_MS), ['REGISTRY_LOST']),
  );
  return {
    seed,
    ...onlyAlice(false),
    scripts: [
      {
        user: 'alice',
        steps: [{ at: 0, do: 'attack', attack: { kind: 'impostor-registry', directory: PLACE } }],
      },
      { user: 'alice', steps: applicationsOf(draws.of('applications'), 1) },
      { user: 'alice', steps: commands.toSorted((one, other) => one.at - other.at) },
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}

function drawPlanted(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const hasRegistry = whole.chance(2);
  const planted = ['apps.sock', 'client.sock'].map(
    (name): Script => ({
      user: 'eve',
      steps: [
        {
          at: whole.between(5, 60),
          do: 'attack',
          attack: { kind: 'planted-socket', path: `${PLACE}/${name}` },
        },
      ],
    }),
  );
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: [] },
      { name: 'eve', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { root: 0, alice: 1001, eve: 1005, tracing: TRACING_GROUP_ID },
    scripts: [
      {
        user: 'alice',
        steps: [
          { at: 0, do: 'attack', attack: { kind: 'writable-directory', directory: '/home/alice' } },
          { at: 0, do: 'attack', attack: { kind: 'writable-directory', directory: PLACE } },
          ...(hasRegistry ? [{ at: 80, do: 'sessiond' } as const] : []),
        ],
      },
      ...planted,
      { user: 'alice', steps: applicationsOf(draws.of('applications'), 1) },
      {
        user: 'alice',
        steps: [
          {
            at: whole.between(SERVING_MS, DURATION_MS),
            do: 'attack',
            attack: { kind: 'stray-consumer' },
          },
          refusedAt(whole.between(SERVING_MS, DURATION_MS), ['NO_REGISTRY']),
        ],
      },
    ],
    samplesAt: samplesOf(draws.of('samples')),
    ...sometimesPreempted(seed),
  };
}

/** Alice and root open their sockets to all users; Eve may use neither registry. */
function drawOpened(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const opened = (user: string, paths: readonly string[]): Script => ({
    user,
    steps: paths.map((path) => ({
      at: SERVING_MS,
      do: 'attack',
      attack: { kind: 'opened-path', path },
    })),
  });
  const part = draws.of('tricks of eve');
  const attacks = Array.from({ length: part.between(1, ATTACKS_MAX) }, () =>
    part.pick<Attack>([
      { kind: 'foreign-command', of: { directory: PLACE, uid: 1001 } },
      { kind: 'foreign-command', of: { directory: GLOBAL_PLACE, uid: 0 } },
      {
        kind: 'rogue-application',
        misbehaviour: 'timestamps',
        of: { directory: PLACE, uid: 1001 },
      },
      {
        kind: 'rogue-application',
        misbehaviour: 'timestamps',
        of: { directory: PLACE, uid: 1001 },
      },
    ]),
  );
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: [] },
      { name: 'eve', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { root: 0, alice: 1001, eve: 1005, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      { user: 'alice', steps: [{ at: 0, do: 'sessiond' }] },
      opened('root', [`${GLOBAL_PLACE}/client.sock`]),
      opened('alice', ['/home/alice', PLACE, `${PLACE}/client.sock`, `${PLACE}/apps.sock`]),
      { user: 'alice', steps: applicationsOf(draws.of('applications'), 1) },
      { user: 'alice', steps: commandsOf(draws.of('commands'), 'alice') },
      {
        user: 'eve',
        steps: attacks.map((attack) => ({
          at: part.between(2 * SERVING_MS, DURATION_MS),
          do: 'attack',
          attack,
        })),
      },
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}

/** Alice; her directory may be open to Eve. */
function aliceAndEve(
  seed: number,
  scripts: readonly Script[],
  samplesAt: readonly number[],
): ScenarioInput {
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: [] },
      { name: 'eve', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { root: 0, alice: 1001, eve: 1005, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt,
  };
}

/** An application that runs for this long. */
function idleAt(at: number, forMs: number): Script {
  const steps = [{ at: forMs, do: 'exit', code: 0 }] as const;
  return { user: 'alice', steps: [{ at, do: 'application', workload: { steps } }] };
}

/** A process of Alice keeps her applications waiting. When it has ended, her registry starts and finds them. */
function drawMute(seed: number): ScenarioInput {
  const part = new Draw(seed).of('mute');
  const attack = {
    kind: 'silent-registry',
    directory: PLACE,
    words: part.pick<0 | 1>([0, 1]),
  } as const;
  const applications = Array.from({ length: part.between(1, 3) }, () =>
    idleAt(part.between(10, 300), MUTE_GONE_MS + 2500),
  );
  return aliceAndEve(
    seed,
    [
      { user: 'alice', steps: [{ at: 0, do: 'attack', attack }] },
      ...applications,
      {
        user: 'alice',
        steps: [
          { at: MUTE_GONE_MS, do: 'sessiond' },
          { at: MUTE_GONE_MS + 1500, do: 'lttng', command: { kind: 'list' } },
        ],
      },
    ],
    [1000, 11_500, MUTE_GONE_MS + 1000],
  );
}

/** Eve replaces the socket of Alice's registry after applications check its owner and before they connect. */
function drawSwapped(seed: number): ScenarioInput {
  const part = new Draw(seed).of('swapped');
  const at = part.between(60, 80);
  const applications = Array.from({ length: 6 }, () => idleAt(at - part.between(0, 20), 100));
  const attack = { kind: 'planted-socket', path: `${PLACE}/apps.sock`, swaps: true } as const;
  const careless = ['/home/alice', PLACE].map(
    (directory): ScriptStep => ({
      at: 30,
      do: 'attack',
      attack: { kind: 'writable-directory', directory },
    }),
  );
  const input = aliceAndEve(
    seed,
    [
      { user: 'alice', steps: [{ at: 0, do: 'sessiond' }, ...careless] },
      ...applications,
      { user: 'eve', steps: [{ at, do: 'attack', attack }] },
    ],
    [],
  );
  return { ...input, quirks: ['preempted', 'connect-late'] };
}
