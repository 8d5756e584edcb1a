/**
 * H1: users trace as in S3, while others send registries what they must not take, say nothing, and want to be somebody
 * else's consumer. H2: a careless user lets everybody write where her registry ought to be, and a stranger listens
 * there. H3: some register as applications do and misbehave afterwards, name what others left, and want sessions that
 * have a consumer, or none yet. H4: what answers as a user's registry is none. H5: everybody can connect to registries
 * whose users were careless. H7: what listens for applications says nothing, or took the place of a registry in
 * between.
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
/** A command that starts a session has brought a consumer by then. */
const ATTACHED_MS = 30;
/** A listener that says nothing has ended by then. */
const MUTE_GONE_MS = 12_500;
/** Of the careless user. */
const PLACE = '/home/alice/.lttng-ts';
const GLOBAL_PLACE = '/run/lttng-ts';

export const h1: Scenario = {
  id: 'H1',
  title: 'hostile peers of a registry, beside users who notice nothing',
  marks: ['event-recorded', 'command-refused'],
  draw: drawPeers,
};

export const h2: Scenario = {
  id: 'H2',
  title: 'a stranger listens where a user ought to have a registry',
  marks: ['command-refused'],
  draw: drawPlanted,
};

export const h3: Scenario = {
  id: 'H3',
  title: 'hostile applications and consumers, beside users who notice nothing',
  marks: [
    'event-recorded',
    'command-refused',
    'impostor-traced',
    'stream-distrusted',
    'gift-of-another',
  ],
  draw: drawImpostors,
};

export const h4: Scenario = {
  id: 'H4',
  title: "what answers as a user's registry is none",
  marks: ['command-refused', 'grant-distrusted'],
  draw: drawPoser,
};

export const h7: Scenario = {
  id: 'H7',
  title: 'what listens for applications says nothing, or took the place of a registry',
  marks: ['registry-of-a-user', 'look-outdated'],
  draw: (seed) => (new Draw(seed).of('whole').chance(3) ? drawMute(seed) : drawSwapped(seed)),
};

export const h5: Scenario = {
  id: 'H5',
  title: 'everybody can connect to registries whose users were careless',
  marks: ['event-recorded', 'impostor-traced', 'stranger-refused'],
  draw: drawOpened,
};

function drawPeers(seed: number): ScenarioInput {
  const input = besideFriends(seed, [], attackAt);
  const { quirks } = sometimesPreempted(seed);
  if (quirks === undefined) return input;
  // She may be there before the consumer that she has started, and is the consumer then.
  const scripts = input.scripts.map(({ user, steps }) => ({
    user,
    steps: steps.filter((step) => user !== 'alice' || !isAttachingTo(step, '@alice/of-alice')),
  }));
  return { ...input, scripts, quirks };
}

function isAttachingTo(step: ScriptStep, session: string): boolean {
  return step.do === 'hostile' && step.trick.kind === 'attach' && step.trick.session === session;
}

/** In half of the runs others run between looking and acting. */
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
    { kind: 'blow', socket, blow: part.pick<Malformation>([first, ...others]) },
    { kind: 'blow', socket, blow: part.pick<Malformation>([first, ...others]) },
    { kind: 'version', socket },
    // Ten seconds pass with little in them.
    { kind: 'silent', socket, words: socket === 'app' ? part.pick([0, 1]) : 0 },
    { kind: 'attach', session: part.pick(['@alice/of-alice', '@bob/of-bob']) },
    { kind: 'attach', session: part.pick(['@alice/of-alice', '@bob/of-bob']) },
    { kind: 'confirm' },
  ]);
  return { at: part.between(SERVING_MS, DURATION_MS), do: 'hostile', trick: attack };
}

/** While alice has one session with a consumer and one without. */
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
    { kind: 'join', misdeed: part.pick([first, ...others]) },
    { kind: 'join', misdeed: part.pick([first, ...others]) },
    { kind: 'lend' },
    { kind: 'borrow', token: part.pick(['@alice', '@mallory', '@eve']) },
    { kind: 'attach', session: '@alice/steady' },
    // Which has no consumer, so that she herself would be one.
    { kind: 'attach', session: user === 'alice' ? '@alice/steady' : '@alice/idle' },
  ]);
  return {
    at: part.between(SERVING_MS + ATTACHED_MS, DURATION_MS - ATTACHED_MS),
    do: 'hostile',
    trick: attack,
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
        steps: [{ at: 0, do: 'hostile', trick: { kind: 'pose', directory: PLACE } }],
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
          do: 'hostile',
          trick: { kind: 'plant', path: `${PLACE}/${name}` },
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
          { at: 0, do: 'hostile', trick: { kind: 'expose', directory: '/home/alice' } },
          { at: 0, do: 'hostile', trick: { kind: 'expose', directory: PLACE } },
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
            do: 'hostile',
            trick: { kind: 'consumer' },
          },
          refusedAt(whole.between(SERVING_MS, DURATION_MS), ['NO_REGISTRY']),
        ],
      },
    ],
    samplesAt: samplesOf(draws.of('samples')),
    ...sometimesPreempted(seed),
  };
}

/** Alice and root let everybody in; eve is none of those who may use either registry. */
function drawOpened(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const opened = (user: string, paths: readonly string[]): Script => ({
    user,
    steps: paths.map((path) => ({
      at: SERVING_MS,
      do: 'hostile',
      trick: { kind: 'open', path },
    })),
  });
  const part = draws.of('tricks of eve');
  const attacks = Array.from({ length: part.between(1, ATTACKS_MAX) }, () =>
    part.pick<Attack>([
      { kind: 'ask', of: { directory: PLACE, uid: 1001 } },
      { kind: 'ask', of: { directory: GLOBAL_PLACE, uid: 0 } },
      { kind: 'join', misdeed: 'timestamps', of: { directory: PLACE, uid: 1001 } },
      { kind: 'join', misdeed: 'timestamps', of: { directory: PLACE, uid: 1001 } },
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
          do: 'hostile',
          trick: attack,
        })),
      },
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}

/** Alice, whose directory is open to eve or not. */
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

/** An application that is there for so long. */
function idleAt(at: number, forMs: number): Script {
  const steps = [{ at: forMs, do: 'exit', code: 0 }] as const;
  return { user: 'alice', steps: [{ at, do: 'application', workload: { steps } }] };
}

/** A process of alice lets her applications wait. Her registry comes when it is gone, and finds them. */
function drawMute(seed: number): ScenarioInput {
  const part = new Draw(seed).of('mute');
  const attack = { kind: 'mute', directory: PLACE, words: part.pick<0 | 1>([0, 1]) } as const;
  const applications = Array.from({ length: part.between(1, 3) }, () =>
    idleAt(part.between(10, 300), MUTE_GONE_MS + 2500),
  );
  return aliceAndEve(
    seed,
    [
      { user: 'alice', steps: [{ at: 0, do: 'hostile', trick: attack }] },
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

/** Eve takes the place of alice's registry while applications are between looking whose socket it is and connecting. */
function drawSwapped(seed: number): ScenarioInput {
  const part = new Draw(seed).of('swapped');
  const at = part.between(60, 80);
  const applications = Array.from({ length: 6 }, () => idleAt(at - part.between(0, 20), 100));
  const attack = { kind: 'plant', path: `${PLACE}/apps.sock`, swaps: true } as const;
  const careless = ['/home/alice', PLACE].map(
    (directory): ScriptStep => ({
      at: 30,
      do: 'hostile',
      trick: { kind: 'expose', directory },
    }),
  );
  const input = aliceAndEve(
    seed,
    [
      { user: 'alice', steps: [{ at: 0, do: 'sessiond' }, ...careless] },
      ...applications,
      { user: 'eve', steps: [{ at, do: 'hostile', trick: attack }] },
    ],
    [],
  );
  return { ...input, quirks: ['preempted', 'connect-late'] };
}
