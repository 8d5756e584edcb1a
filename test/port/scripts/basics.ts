/** Conformance scripts: clock, random, identity, users. */
import { type ConformanceScript, single } from '../stage.ts';

/** The port's longest delay. */
const TIMER_DELAY_MAX_MS = 2 ** 31 - 1;

export const basicScripts: readonly ConformanceScript[] = [
  single(
    'clock.setTimer() fires in order of deadlines, and those of one deadline in order of arming',
    ['zero', 'ten', 'ten again', 'thirty', 'sixty'],
    async ({ world: { clock }, say, until }) => {
      let fired = 0;
      const arm = (delayMs: number, line: string): void => {
        clock.setTimer(delayMs, () => {
          say(line);
          fired += 1;
        });
      };
      arm(60, 'sixty');
      arm(10, 'ten');
      arm(30, 'thirty');
      arm(10, 'ten again');
      arm(0, 'zero');
      await until('all timers fired', () => fired === 5);
    },
  ),
  single(
    'clock.setTimer() never fires from inside the call, nor early, nor after cancel()',
    ['armed', 'fired', 'early: no', 'cancelled twice'],
    async ({ world: { clock }, say, until, pass }) => {
      let early: boolean | undefined;
      const deadline = clock.monotonicNs() + 25_000_000n;
      const timer = clock.setTimer(25, () => {
        early = clock.monotonicNs() < deadline;
        say('fired');
      });
      const cancelled = clock.setTimer(5, () => say('wrong: cancelled timer fired'));
      say('armed');
      cancelled.cancel();
      cancelled.cancel();
      await until('the timer fired', () => early !== undefined);
      await pass(20);
      timer.cancel();
      say(`early: ${early === true ? 'yes' : 'no'}`);
      say('cancelled twice');
    },
  ),
  single(
    'clock.setTimer() takes delays from 0 to 2^31-1',
    ['longest: taken', '2^31: refused', '-1: refused', '0.5: refused'],
    async ({ world: { clock }, say }) => {
      const attempt = (label: string, delayMs: number): void => {
        try {
          clock.setTimer(delayMs, () => say('wrong: fired')).cancel();
          say(`${label}: taken`);
        } catch {
          say(`${label}: refused`);
        }
      };
      attempt('longest', TIMER_DELAY_MAX_MS);
      attempt('2^31', TIMER_DELAY_MAX_MS + 1);
      attempt('-1', -1);
      attempt('0.5', 0.5);
    },
  ),
  single(
    'clock.monotonicNs() and realtimeNs() go on',
    ['monotonic: on', 'realtime: on', 'realtime: this century'],
    async ({ world: { clock }, say, pass }) => {
      const monotonic = clock.monotonicNs();
      const realtime = clock.realtimeNs();
      await pass(5);
      say(clock.monotonicNs() - monotonic >= 4_000_000n ? 'monotonic: on' : 'monotonic: off');
      say(clock.realtimeNs() - realtime >= 4_000_000n ? 'realtime: on' : 'realtime: off');
      say(realtime > 946_684_800_000_000_000n ? 'realtime: this century' : 'realtime: before 2000');
    },
  ),
  single(
    'random.bytes() and uuid() have the right form and do not repeat',
    ['lengths: 0 16 4096', '4097: refused', 'repeats: no', 'uuid: version 4', 'uuid repeats: no'],
    async ({ world: { random }, say }) => {
      const lengths = [0, 16, 4096].map((length) => random.bytes('test', length).length);
      say(`lengths: ${lengths.join(' ')}`);
      try {
        random.bytes('test', 4097);
        say('4097: taken');
      } catch {
        say('4097: refused');
      }
      const same = random.bytes('test', 16).join() === random.bytes('test', 16).join();
      say(`repeats: ${same ? 'yes' : 'no'}`);
      const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
      const uuid = random.uuid('test');
      say(`uuid: ${form.test(uuid) ? 'version 4' : uuid}`);
      say(`uuid repeats: ${uuid === random.uuid('test') ? 'yes' : 'no'}`);
    },
  ),
  single(
    'identity tells who we are',
    ['pid: positive', 'main thread: tid is pid', 'uid and gid: as given', 'names: present'],
    async ({ world: { identity }, users, say }) => {
      say(`pid: ${identity.pid > 0 ? 'positive' : identity.pid}`);
      say(identity.tid === identity.pid ? 'main thread: tid is pid' : 'another thread');
      const asGiven = identity.uid === users.root.uid && identity.gid === users.root.gid;
      say(`uid and gid: ${asGiven ? 'as given' : 'others'}`);
      const { hostname, processName, workingDirectory, homeDirectory } = identity;
      const present =
        hostname !== '' &&
        processName !== '' &&
        workingDirectory?.startsWith('/') === true &&
        homeDirectory.startsWith('/');
      say(`names: ${present ? 'present' : 'missing'}`);
    },
  ),
  single(
    'users knows groups and members',
    [
      'group root: 0',
      'group nobody-made-this: none',
      'user 0: root',
      'root: 0',
      'none: none',
      'user 4294967000: none',
      'primary group: member',
      'another group: no member',
    ],
    async ({ world: { users }, say }) => {
      say(`group root: ${users.groupId('root') ?? 'none'}`);
      say(`group nobody-made-this: ${users.groupId('nobody-made-this') ?? 'none'}`);
      say(`user 0: ${users.userName(0) ?? 'none'}`);
      say(`root: ${users.userId('root') ?? 'none'}`);
      say(`none: ${users.userId('no-such-user') ?? 'none'}`);
      say(`user 4294967000: ${users.userName(4_294_967_000) ?? 'none'}`);
      say(`primary group: ${users.isMember(4_294_967_000, 77, 77) ? 'member' : 'no member'}`);
      say(`another group: ${users.isMember(4_294_967_000, 77, 78) ? 'member' : 'no member'}`);
    },
  ),
  {
    name: 'identity belongs to the process',
    severalUsers: true,
    steps: (['alice', 'bob'] as const).map((user) => ({
      user,
      run: async ({ world: { identity }, users, say }) => {
        const own = identity.uid === users[user].uid && identity.gid === users[user].gid;
        say(`${user}: ${own ? 'own ids' : 'wrong ids'}`);
      },
    })),
    expected: ['alice: own ids', 'bob: own ids'],
  },
];
