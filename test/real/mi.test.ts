/**
 * `--mi=xml` answers as LTTng 2.13 does: the same lines, typed into both command lines, print the same elements, but
 * for those that this file names with their reasons (`docs/lttng.md` has them, too). All of ours follow LTTng's schema.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { faultsOf, hasXmllint, pathsIn, textsAt } from '../support/mi/schema.ts';
import { missingForLttng, startPrivateLttng } from '../support/real/lttng.ts';
import { writeProgram } from '../support/real/programs.ts';
import { LIBRARY, makePlace, type Place, until } from '../support/real/sandbox.ts';

const MISSING = missingForLttng(['xmllint']);

/** What comes after `lttng --mi=xml`; DIR is a directory of the command line's own. `fails`: in both. */
const LINES: readonly (readonly [line: string, fails?: 'fails'])[] = [
  ['version'],
  ['list'],
  ['start none', 'fails'],
  ['create web --output=DIR/web'],
  ['create web', 'fails'],
  ['set-session web'],
  ['set-session none', 'fails'],
  ['enable-channel --userspace --session=web --subbuf-size=64k --num-subbuf=4 net,more'],
  ['enable-event --userspace --session=web --channel=net bench:* --loglevel=INFO'],
  ['enable-event --userspace --session=web --channel=net bench:a --loglevel-only=INFO'],
  ['enable-event --userspace --session=web --channel=net bench:one --filter value>=0'],
  ['enable-event --userspace --session=web --channel=net --all'],
  ['add-context --userspace --session=web --channel=net --type=vpid --type=procname'],
  ['add-context --list'],
  ['track --userspace --session=web --vpid=1,2 --vuid=root'],
  ['untrack --userspace --session=web --vpid=2'],
  ['untrack --userspace --session=web --vgid --all'],
  ['list web'],
  ['track --userspace --session=web --vpid --all'],
  ['track --userspace --session=web --vuid --all'],
  ['track --userspace --session=web --vgid --all'],
  ['start web'],
  ['enable-rotation --session=web --timer=30s --size=1M'],
  ['list'],
  ['list web'],
  ['disable-rotation --session=web --timer --size'],
  ['list --userspace'],
  ['list --userspace --fields'],
  ['rotate web'],
  ['clear web'],
  ['disable-event --userspace --session=web --channel=net bench:none', 'fails'],
  ['disable-event --userspace --session=web --channel=net bench:*'],
  ['disable-channel --userspace --session=web net'],
  ['save --output-path=DIR/saved web'],
  ['stop web'],
  ['destroy web'],
  ['destroy web', 'fails'],
  ['load --input-path=DIR/saved web'],
  ['destroy --all'],
  ['create flight --snapshot --output=DIR/flight'],
  ['enable-event --userspace --session=flight bench:*'],
  ['start flight'],
  ['snapshot list-output --session=flight'],
  ['snapshot add-output --session=flight DIR/other', 'fails'],
  ['snapshot record --session=flight'],
  ['snapshot del-output --session=flight 1'],
  ['snapshot del-output --session=flight 7', 'fails'],
  ['snapshot add-output --session=flight --name=other --max-size=64M DIR/other'],
  ['snapshot list-output --session=flight'],
  ['snapshot record --session=flight'],
  ['snapshot del-output --session=flight other'],
  ['snapshot list-output --session=flight'],
  ['clear flight'],
  ['regenerate metadata --session=flight'],
  ['destroy flight'],
];

/** Before these lines the program has recorded something. */
const IS_RECORDED = /^(?:rotate|clear web|snapshot record)/;

/** Elements that only LTTng prints, by the end of their paths, and why. */
const THEIRS: Readonly<Record<string, string>> = {
  'context/success': 'LTTng prints it; its schema does not have it',
  'attributes/discarded_events': 'the trace counts them',
  'attributes/lost_packets': 'the trace counts them',
  'output/channel/events/event/enabled': 'LTTng says true of events that do not exist',
  'vuid/type/name': 'a session keeps the ids of users that were named',
  'periodic/time_us': 'a schedule that is disabled has none any more',
  'size_threshold/bytes': 'a schedule that is disabled has none any more',
  'context/perf': 'counters of the processor are not there',
  'context/perf/type': 'counters of the processor are not there',
  'context/perf/config': 'counters of the processor are not there',
  'context/perf/name': 'counters of the processor are not there',
};
/** Elements that only ours print. */
const OURS: Readonly<Record<string, string>> = {
  'command/success': 'LTTng does not say it for list and version',
  'output/events/event/filter_expression': 'LTTng says it only in list',
  'vuid/type/id': 'for the name of a user',
  'context/app': 'contexts that only Node.js has',
  'context/app/provider_name': 'contexts that only Node.js has',
  'context/app/ctx_name': 'contexts that only Node.js has',
  'snapshot/session_name': 'LTTng does not say where the snapshot is',
  'snapshot/name': 'LTTng does not say where the snapshot is',
  'snapshot/ctrl_url': 'LTTng does not say where the snapshot is',
};

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

interface Printed {
  readonly status: number | null;
  readonly stdout: string;
}

const NOTHING: Printed = { status: null, stdout: '' };

/** Runs the lines. `recorded`: waits until the program has recorded more. */
async function play(
  directory: string,
  lttng: (words: readonly string[]) => Printed | Promise<Printed>,
  recorded: () => Promise<void>,
): Promise<readonly Printed[]> {
  const printed: Printed[] = [];
  for (const [line] of LINES) {
    if (IS_RECORDED.test(line)) await recorded();
    printed.push(await lttng(['--mi=xml', ...line.replaceAll('DIR', directory).split(' ')]));
  }
  return printed;
}

function pathsWithout(paths: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return [...paths].filter((path) => !others.has(path));
}

/** Those of `paths` that end in none of `known`; each that does is added to `met`. */
function unknownIn(
  paths: readonly string[],
  known: Readonly<Record<string, string>>,
  met: Set<string>,
): readonly string[] {
  return paths.filter((path) => {
    const end = Object.keys(known).find((each) => path.endsWith(each));
    if (end !== undefined) met.add(end);
    return end === undefined;
  });
}

it.skipIf(MISSING !== undefined)('prints the elements of LTTng', { timeout: 300_000 }, async () => {
  const theirs = await playTheirs();
  const ours = await playOurs();
  const met = { theirs: new Set<string>(), ours: new Set<string>() };
  const differences = LINES.map(([line, fails], index) => {
    const [peer, own] = [theirs[index] ?? NOTHING, ours[index] ?? NOTHING];
    const [theirPaths, ownPaths] = [pathsIn(peer.stdout), pathsIn(own.stdout)];
    return {
      line,
      isDone: [peer.status === 0, own.status === 0, textsAt(own.stdout, 'command/success')],
      onlyTheirs: unknownIn(pathsWithout(theirPaths, ownPaths), THEIRS, met.theirs),
      onlyOurs: unknownIn(pathsWithout(ownPaths, theirPaths), OURS, met.ours),
      faults: faultsOf(own.stdout),
      wasMeantToFail: fails !== undefined,
    };
  });
  for (const { line, wasMeantToFail, ...found } of differences) {
    const isDone = !wasMeantToFail;
    expect({ line, ...found }).toEqual({
      line,
      isDone: [isDone, isDone, [String(isDone)]],
      onlyTheirs: [],
      onlyOurs: [],
      faults: [],
    });
  }
  expect([...met.theirs].toSorted()).toEqual(Object.keys(THEIRS).toSorted());
  expect([...met.ours].toSorted()).toEqual(Object.keys(OURS).toSorted());
});

it.skipIf(!hasXmllint())('says what was done when a part of it failed', async () => {
  const expectAnswer = async (words: readonly string[], success: boolean): Promise<string> => {
    const { status, stdout } = await place.lttng(['--mi=xml', ...words]);
    expect({ words, status: status === 0, faults: faultsOf(stdout) }).toEqual({
      words,
      status: success,
      faults: [],
    });
    expect(textsAt(stdout, 'command/success')).toEqual([String(success)]);
    return stdout;
  };
  await expectAnswer(['create', 'web-1'], true);
  await expectAnswer(['create', 'web-2'], true);
  const started = await expectAnswer(['start', 'web-*'], true);
  const sessions = 'command/output/sessions/session/name';
  expect(textsAt(started, sessions).toSorted()).toEqual(['web-1', 'web-2']);
  await expectAnswer(['save', 'web-1', '-o', place.directory], true);
  const saved = await expectAnswer(['save', '-o', place.directory], false);
  expect(textsAt(saved, 'command/output/save/session/name')).toEqual(['web-2']);
  await expectAnswer(['add-channel', 'net', '-s', 'none'], false);
  await expectAnswer(['add-event', 'a*', '-s', 'none', '-x', 'ab'], false);
  await expectAnswer(['add-context', '-t', 'vpid,async_id,app:tenant', '-s', 'none'], false);
  await expectAnswer(['track', '--vpid', '1', '-s', 'none'], false);
  await expectAnswer(['enable-rotation', 'none', '--timer', '1h'], false);
  await expectAnswer(['snapshot', 'none'], false);
  const destroyed = await expectAnswer(['destroy', '--all'], true);
  expect(textsAt(destroyed, sessions).toSorted()).toEqual(['web-1', 'web-2']);
});

async function playTheirs(): Promise<readonly Printed[]> {
  const peer = await startPrivateLttng();
  const traced = peer.trace();
  const printed = await play(
    peer.directory,
    (words) => peer.attempt(...words),
    async () => {
      const before = traced.events();
      await until(() => traced.events() > before + 10);
    },
  );
  await traced.end();
  return printed;
}

async function playOurs(): Promise<readonly Printed[]> {
  const source = `import { tracepoint, u32 } from '${LIBRARY}';
const one = tracepoint('bench:one', { value: u32 });
let n = 0;
setInterval(() => { one({ value: n }); process.stdout.write(n++ + '\\n'); }, 5);
`;
  const program = writeProgram(place, 'bench.mjs', source);
  const application = place.start(process.execPath, [program]);
  let counted = 0;
  const printed = await play(
    place.directory,
    (words) => place.lttng(words),
    async () => {
      counted += 20;
      await application.line(new RegExp(`^${counted}$`));
    },
  );
  application.kill('SIGKILL');
  await application.finished;
  return printed;
}
