/** Conformance scripts: the kernel tracer (R1.24): what it tells, instances, and their events. */
import { parseEventFormat } from '../../../src/kernel/event-format.ts';
import { parsePageLayout } from '../../../src/kernel/page-layout.ts';
import { type ConformanceScript, must, outcome, single } from '../stage.ts';
import {
  EVENT,
  LARGE,
  layoutOf,
  makeInstance,
  nameOf,
  openAll,
  readAll,
  SMALL,
  yes,
} from './kernel-reading.ts';

const GONE = 'lttng-ts-conformance-gone';

const scripts: readonly ConformanceScript[] = [
  single(
    'KernelTracer: describe(), events() and format() tell what the kernel has (R1.24)',
    [
      'clock mono: yes, tracer nop: yes',
      'CPUs: yes, ascending yes',
      'pages: up to 512 KiB, layout ok',
      'events sorted: yes, ours among them: yes',
      'format: sys_enter_openat',
      'no such event: ENOENT ENOENT ENOENT ENOENT',
    ],
    async ({ world: { kernel }, say }) => {
      const { clocks, tracers, cpus, pageKbMax, pageLayout } = must(kernel.describe());
      say(
        `clock mono: ${yes(clocks.includes('mono'))}, tracer nop: ${yes(tracers.includes('nop'))}`,
      );
      const isAscending = cpus.every((cpu, index) => index === 0 || cpu > Number(cpus[index - 1]));
      say(`CPUs: ${yes(cpus.length > 0)}, ascending ${yes(isAscending)}`);
      const layout = parsePageLayout(pageLayout);
      say(`pages: up to ${pageKbMax} KiB, layout ${layout.ok ? 'ok' : layout.error}`);
      const events = must(kernel.events());
      const isSorted = events.join() === [...events].sort().join();
      say(`events sorted: ${yes(isSorted)}, ours among them: ${yes(events.includes(EVENT))}`);
      const format = parseEventFormat(must(kernel.format(EVENT)));
      say(`format: ${format.ok ? format.value.name : format.error}`);
      const wrong = ['sched:none', 'none', '../..:x', ''].map((name) =>
        outcome(kernel.format(name)),
      );
      say(`no such event: ${wrong.join(' ')}`);
    },
  ),
  single(
    'KernelTracer: an instance is made, listed, and removed',
    [
      'made: ok, twice EEXIST, listed yes',
      'no names: EINVAL EINVAL EINVAL EINVAL',
      'no shapes: EINVAL EINVAL EINVAL EINVAL EINVAL',
      'no memory: ENOMEM, and it is not there: ENOENT',
      'removed: ok, twice ENOENT, listed no',
      'others: ENOENT ENOENT ENOENT ENOENT ENOENT',
    ],
    async (stage) => {
      const { kernel } = stage.world;
      const name = nameOf(stage);
      const isListed = (): string => yes(must(kernel.instances()).includes(name));
      const made = (of: string, options = {}): string =>
        outcome(kernel.makeInstance(of, { ...SMALL, ...options }));
      stage.say(`made: ${made(name)}, twice ${made(name)}, listed ${isListed()}`);
      const noNames = ['', '..', 'a/b', 'x'.repeat(256)].map((each) => made(each));
      stage.say(`no names: ${noNames.join(' ')}`);
      const noShapes = [
        { pageKb: 3 },
        { pageKb: 1024 },
        { bufferKb: 0 },
        { wakePercent: 101 },
        { wakePercent: 0.5 },
      ].map((options) => made(`${name}-2`, options));
      stage.say(`no shapes: ${noShapes.join(' ')}`);
      const noMemory = made(`${name}-2`, { bufferKb: 1_000_000_000 });
      const isThere = outcome(kernel.removeInstance(`${name}-2`));
      stage.say(`no memory: ${noMemory}, and it is not there: ${isThere}`);
      const remove = (): string => outcome(kernel.removeInstance(name));
      stage.say(`removed: ${remove()}, twice ${remove()}, listed ${isListed()}`);
      const others = [
        kernel.setRecording(GONE, true),
        kernel.setEvent(GONE, EVENT, true),
        kernel.enabledEvents(GONE),
        kernel.counts(GONE, 0),
        kernel.openPages(GONE, 0),
      ].map(outcome);
      stage.say(`others: ${others.join(' ')}`);
    },
  ),
  single(
    'KernelTracer.setEvent(): events are enabled and disabled, with filters that the kernel accepts',
    [
      'enabled: syscalls:sys_enter_openat, syscalls:sys_exit_openat',
      'no such event: ENOENT ENOENT',
      'refused: EINVAL Field not found',
      'empty: EINVAL EINVAL EINVAL',
      'still filtered: 2 of 4',
      'another filter: 0 of 1',
      'no filter: 1 or more',
      'disabled: syscalls:sys_exit_openat, nothing recorded: yes',
    ],
    async (stage) => {
      const { kernel } = stage.world;
      const name = makeInstance(stage, LARGE);
      const layout = layoutOf(stage);
      must(kernel.setEvent(name, 'syscalls:sys_exit_openat', true, 'ret == -99'));
      stage.say(`enabled: ${must(kernel.enabledEvents(name)).join(', ')}`);
      const none = [
        kernel.setEvent(name, 'none:x', true),
        kernel.setEvent(name, 'x', true, 'a > 1'),
      ];
      stage.say(`no such event: ${none.map(outcome).join(' ')}`);
      const refused = kernel.setEvent(name, EVENT, true, 'nowhere == 3');
      stage.say(`refused: ${outcome(refused)} ${refused.ok ? '' : refused.error.detail}`);
      const empty = ['', ' ', '0'].map((filter) =>
        outcome(kernel.setEvent(name, EVENT, true, filter)),
      );
      stage.say(`empty: ${empty.join(' ')}`);
      const pages = openAll(stage, name);
      const recorded = (calls: number): number => {
        must(kernel.setRecording(name, true));
        stage.fileCalls.make(calls);
        must(kernel.setRecording(name, false));
        return readAll(pages, layout).records;
      };
      must(kernel.setRecording(name, true));
      stage.fileCalls.make(2);
      must(kernel.setRecording(name, false));
      stage.fileCalls.make(2);
      stage.say(`still filtered: ${readAll(pages, layout).records} of 4`);
      must(kernel.setEvent(name, EVENT, true, 'dfd == 12345 && (flags > 1 || !(flags > 1))'));
      stage.say(`another filter: ${recorded(1)} of 1`);
      must(kernel.setEvent(name, EVENT, true));
      stage.say(`no filter: ${recorded(1) >= 1 ? '1 or more' : 'none'}`);
      must(kernel.setEvent(name, EVENT, false));
      const isNothing = recorded(1) === 0;
      const enabled = must(kernel.enabledEvents(name)).join(', ');
      stage.say(`disabled: ${enabled}, nothing recorded: ${yes(isNothing)}`);
      for (const each of pages) each.close();
      must(kernel.removeInstance(name));
    },
  ),
];

export const kernelScripts: readonly ConformanceScript[] = scripts.map((script) => ({
  ...script,
  tracesKernel: true,
}));
