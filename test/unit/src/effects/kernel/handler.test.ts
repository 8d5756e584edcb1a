/**
 * Goal: a registry's effects bring the tracer of a kernel to what sessions want, and leave nothing (R1.24). Method: the
 * handler in a simulated process of root, and a consumer in one of a user.
 */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../../sim/machine/simulation.ts';
import type { EffectEvent } from '../../../../../src/effects/contract/effects.ts';
import type {
  EventChange,
  KernelEffect,
  KernelRule,
  WantedInstance,
} from '../../../../../src/effects/contract/kernel.ts';
import { createKernelHandler } from '../../../../../src/effects/kernel/handler.ts';
import {
  REMOVE_ATTEMPTS_MAX,
  REMOVE_RETRY_MS,
} from '../../../../../src/effects/kernel/removals.ts';
import { must } from '../../../../support/ring/memory.ts';

const NAME = 'lttng-ts-1-a-default';
const SWITCH = 'sched:sched_switch';
const WAKEUP = 'sched:sched_wakeup';
const ENTER = 'syscalls:sys_enter_openat';
const EXIT = 'syscalls:sys_exit_openat';
const PASSAGE = '/tmp/passage';

function makeStage() {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const { world } = simulation.login('root');
  const events: EffectEvent[] = [];
  const handle = createKernelHandler(world, (_, event) => void events.push(event));
  return {
    simulation,
    world,
    perform: (effect: KernelEffect) => {
      handle(effect, 'link');
      return events.splice(0);
    },
    heard: () => events.splice(0),
    /** Another registry, in another process. */
    another: () => {
      const next = createKernelHandler(simulation.login('root').world, (_, event) => {
        events.push(event);
      });
      return (effect: KernelEffect) => {
        next(effect, 'link');
        return events.splice(0);
      };
    },
    passMs: (ms: number) => simulation.run({ forMs: ms }),
    said: () =>
      simulation.log.map(({ event }) => event).filter((event) => event.startsWith('kernel')),
  };
}
type Stage = ReturnType<typeof makeStage>;

const rule = (pattern: string, more: Partial<KernelRule> = {}): KernelRule => ({
  pattern,
  enabled: true,
  ...more,
});
const wanted = (rules: readonly KernelRule[], isActive = true): WantedInstance => ({
  name: NAME,
  options: { bufferKb: 64, pageKb: 4, overwrite: false, wakePercent: 50 },
  rules,
  isActive,
});
const prepare = (rules: readonly KernelRule[], isActive = true, told: string[] = []) =>
  ({
    type: 'kernel.prepare',
    instances: [wanted(rules, isActive)],
    told: new Set(told),
  }) as const;
const on = (event: string, filter?: string): EventChange => ({
  name: NAME,
  event,
  isOn: true,
  ...(filter === undefined ? {} : { filter }),
});
const off = (event: string): EventChange => ({ name: NAME, event, isOn: false });

/** Prepares, and does what that says. */
function follow(perform: Stage['perform'], rules: readonly KernelRule[], isActive = true) {
  const [prepared] = perform(prepare(rules, isActive));
  if (prepared?.type !== 'kernel.prepared') throw new Error('not prepared');
  expect(perform({ type: 'kernel.setEvents', changes: prepared.changes })).toEqual([
    { type: 'kernel.eventsSet', failed: [] },
  ]);
  return prepared;
}

it('says what the kernel is, and which events it has', () => {
  const { perform, simulation } = makeStage();
  expect(perform({ type: 'kernel.describe', key: 'k' })).toMatchObject([
    { type: 'kernel.described', key: 'k', kernel: { cpus: [0, 1] } },
  ]);
  const [listed] = perform({ type: 'kernel.list', key: 'k' });
  expect(listed).toMatchObject({ events: expect.arrayContaining([SWITCH, ENTER]) as unknown });
  const read = { type: 'kernel.readFormats', key: 'k', events: ['no:such', SWITCH] } as const;
  expect(perform(read)).toMatchObject([
    { formats: [{ event: SWITCH, text: expect.stringContaining('sched_switch') as unknown }] },
  ]);
  simulation.kernelEvents.refusal = 'EACCES';
  for (const type of ['kernel.describe', 'kernel.list'] as const) {
    expect(perform({ type, key: 'k' })).toMatchObject([
      { type: 'kernel.failed', key: 'k', error: { code: 'EACCES' } },
    ]);
  }
  expect(perform(read)).toEqual([{ type: 'kernel.formatsRead', key: 'k', formats: [] }]);
});

describe('rules', () => {
  const check = (stage: Stage, ...rules: KernelRule[]) => {
    const effect = { type: 'kernel.checkRules', key: 'k', name: 'trial', rules } as const;
    const [checked] = stage.perform(effect);
    if (checked?.type !== 'kernel.rulesChecked') throw new Error('not checked');
    expect(stage.simulation.kernelEvents.instances).toEqual([]);
    return checked.fault;
  };

  it('must mean an event', () => {
    const stage = makeStage();
    expect(check(stage, rule('sched_switch'), rule('openat', { kind: 'syscall' }))).toBeUndefined();
    expect(check(stage, rule('sched_switch'), rule('x'))).toBe('The kernel has no tracepoint "x"');
    expect(check(stage, rule('x*', { kind: 'syscall' }))).toBe(
      'The kernel has no system call whose name matches "x*"',
    );
  });

  it('have filters that fit one of the events that they mean', () => {
    const stage = makeStage();
    const filtered = (pattern: string, filter: string) => check(stage, rule(pattern, { filter }));
    expect(filtered('sched_switch', 'prev_pid > 0')).toBeUndefined();
    expect(filtered('sched:*', 'target_cpu == 1')).toBeUndefined();
    const why = 'The kernel does not take the filter: ';
    expect(filtered('sched_switch', 'target_cpu == 1')?.startsWith(why)).toBe(true);
    expect(filtered('sched_switch', 'prev_pid >')?.startsWith(why)).toBe(true);
    expect(check(stage, rule('sched_switch'), rule('sched_wakeup', { filter: '(' }))).toContain(
      why,
    );
  });

  it('can be tried again where an earlier trial was interrupted', () => {
    const stage = makeStage();
    const { kernel } = stage.world;
    must(
      kernel.makeInstance('trial', { bufferKb: 4, pageKb: 4, overwrite: false, wakePercent: 50 }),
    );
    expect(check(stage, rule('sched_switch', { filter: 'prev_pid > 0' }))).toBeUndefined();
  });

  it('cannot be checked without the kernel', () => {
    const stage = makeStage();
    stage.simulation.kernelEvents.refusal = 'EIO';
    expect(check(stage, rule('sched_switch'))).toBe("The kernel's events cannot be read (EIO)");
  });
});

describe('instances', () => {
  it('are made, and get the events of the rules with their formats', () => {
    const stage = makeStage();
    const rules = [
      rule('sched_switch', { filter: 'prev_pid > 0' }),
      rule('openat', { kind: 'syscall' }),
    ];
    const [prepared] = stage.perform(prepare(rules));
    expect(prepared).toMatchObject({
      changes: [on(SWITCH, 'prev_pid > 0'), on(ENTER), on(EXIT)],
      formats: [{ event: SWITCH }, { event: ENTER }, { event: EXIT }],
      failed: [],
    });
    expect(stage.simulation.kernelEvents.instance(NAME)?.isRecording).toBe(false);
    expect(stage.perform(prepare(rules, true, [SWITCH]))).toMatchObject([
      { formats: [{ event: ENTER }, { event: EXIT }] },
    ]);
  });

  it('are changed by what is different alone', () => {
    const { perform } = makeStage();
    follow(perform, [rule('sched_switch'), rule('sched_wakeup')]);
    const changes = (rules: readonly KernelRule[], isActive?: boolean) => {
      const [prepared] = perform(prepare(rules, isActive));
      return prepared?.type === 'kernel.prepared' ? prepared.changes : undefined;
    };
    expect(changes([rule('sched_switch'), rule('sched_wakeup')])).toEqual([]);
    expect(changes([rule('sched_switch')])).toEqual([off(WAKEUP)]);
    expect(changes([rule('sched_switch'), rule('sched_wakeup', { enabled: false })])).toEqual([
      off(WAKEUP),
    ]);
    const filter = 'pid == 1';
    expect(changes([rule('sched_switch'), rule('sched_wakeup', { filter })])).toEqual([
      on(WAKEUP, filter),
    ]);
    expect(changes([rule('*')], false)).toEqual([off(SWITCH), off(WAKEUP)]);
    follow(perform, [rule('sched_switch')]);
    expect(changes([rule('sched_switch'), rule('sched_wakeup')])).toEqual([on(WAKEUP)]);
  });

  it('have events whose formats are needed, though no rule wants them any more', () => {
    const { perform } = makeStage();
    follow(perform, [rule('sched_switch')]);
    expect(perform(prepare([rule('sched_wakeup', { enabled: false })]))).toMatchObject([
      { changes: [off(SWITCH)], formats: [{ event: SWITCH }, { event: WAKEUP }] },
    ]);
  });

  it('go on with the next registry, which does not know the filters', () => {
    const stage = makeStage();
    follow(stage.perform, [rule('sched_switch', { filter: 'prev_pid > 0' })]);
    const next = stage.another();
    expect(next(prepare([rule('sched_switch')]))).toMatchObject([{ changes: [on(SWITCH)] }]);
    expect(stage.simulation.kernelEvents.history).toHaveLength(1);
  });

  it('that cannot be made, or read, are named', () => {
    const stage = makeStage();
    const large = { ...wanted([]), options: { ...wanted([]).options, bufferKb: 2 ** 30 } };
    const told = new Set<string>();
    expect(stage.perform({ type: 'kernel.prepare', instances: [large], told })).toMatchObject([
      { failed: [{ name: NAME, error: { code: 'ENOMEM' } }], changes: [], formats: [] },
    ]);
    stage.simulation.kernelEvents.refusal = 'EIO';
    expect(stage.perform(prepare([]))).toMatchObject([
      { failed: [{ name: NAME, error: { code: 'EIO' } }] },
    ]);
  });

  it('report the changes that the kernel refuses', () => {
    const { perform } = makeStage();
    follow(perform, [rule('sched_switch')]);
    const changes = [on('no:such'), on(WAKEUP, 'prev_pid == 1')];
    expect(perform({ type: 'kernel.setEvents', changes })).toMatchObject([
      {
        failed: [
          { event: 'no:such', error: { code: 'ENOENT' } },
          { event: WAKEUP, error: { code: 'EINVAL' } },
        ],
      },
    ]);
  });

  it('record, and stop; one that is gone has stopped', () => {
    const { perform, simulation } = makeStage();
    follow(perform, [rule('sched_switch')]);
    const set = (isOn: boolean, ...names: string[]) =>
      perform({ type: 'kernel.setRecording', names, isOn });
    expect(set(true, NAME, 'gone')).toMatchObject([
      { failed: [{ name: 'gone', error: { code: 'ENOENT' } }] },
    ]);
    expect(simulation.kernelEvents.instance(NAME)?.isRecording).toBe(true);
    expect(set(false, NAME, 'gone')).toMatchObject([{ failed: [] }]);
    expect(simulation.kernelEvents.instance(NAME)?.isRecording).toBe(false);
    simulation.kernelEvents.refusal = 'EIO';
    expect(set(false, NAME)).toMatchObject([{ failed: [{ error: { code: 'EIO' } }] }]);
  });
});

describe('pages', () => {
  const pass = (stage: Stage, ...cpus: number[]) => {
    const { world } = stage.simulation.login('alice');
    const reached = must(world.network.reachPassage(PASSAGE));
    const buffers = cpus.map((cpu) => ({ name: NAME, cpu }));
    const answers = stage.perform({ type: 'kernel.pass', to: world.identity, buffers });
    return { answers, reached };
  };
  const open = (stage: Stage) =>
    stage.perform({ type: 'kernel.openPassage', path: PASSAGE, uid: 1000 });

  it('are passed to the consumer, whose they are alone', () => {
    const stage = makeStage();
    follow(stage.perform, [rule('sched_switch')]);
    expect(open(stage)).toEqual([{ type: 'kernel.passageOpened' }]);
    const { answers, reached } = pass(stage, 0, 1);
    expect(answers).toEqual([{ type: 'kernel.pagesPassed', missing: [] }]);
    const pages = must(reached.takePages());
    expect(pages).toHaveLength(2);
    const remove = { type: 'kernel.remove', names: [NAME] } as const;
    expect(stage.perform(remove)).toEqual([]);
    for (const each of pages) each.close();
    stage.passMs(2 * REMOVE_RETRY_MS);
    expect(stage.heard()).toEqual([{ type: 'kernel.removed', left: [] }]);
    expect(stage.perform({ type: 'kernel.closePassage' })).toEqual([]);
    expect(stage.simulation.sockets()).toEqual([]);
  });

  it('of CPUs that have none are named, and nothing is passed without any', () => {
    const stage = makeStage();
    follow(stage.perform, [rule('sched_switch')]);
    open(stage);
    const missing = [{ name: NAME, cpu: 7, error: { code: 'ENOENT' } }];
    expect(pass(stage, 0, 7).answers).toMatchObject([{ type: 'kernel.pagesPassed', missing }]);
    const alone = makeStage();
    follow(alone.perform, [rule('sched_switch')]);
    open(alone);
    const { answers, reached } = pass(alone, 7);
    expect(answers).toMatchObject([{ type: 'kernel.pagesPassed', missing }]);
    expect(reached.takePages()).toMatchObject({ ok: false });
  });

  it('are not passed to a process that did not come', () => {
    const stage = makeStage();
    follow(stage.perform, [rule('sched_switch')]);
    const to = { pid: 99, uid: 1000, gid: 1000 };
    const effect = { type: 'kernel.pass', to, buffers: [{ name: NAME, cpu: 0 }] } as const;
    expect(stage.perform(effect)).toEqual([]);
    open(stage);
    expect(stage.perform(effect)).toMatchObject([{ type: 'kernel.passFailed' }]);
    expect(stage.perform({ type: 'kernel.remove', names: [NAME] })).toMatchObject([{ left: [] }]);
    const nowhere = { type: 'kernel.openPassage', path: '/no/where', uid: 1000 } as const;
    expect(stage.perform(nowhere)).toMatchObject([
      { type: 'kernel.passageFailed', error: { code: 'ENOENT' } },
    ]);
  });
});

describe('removals', () => {
  const make = ({ world }: Stage, ...names: string[]) => {
    const options = { bufferKb: 64, pageKb: 4, overwrite: false, wakePercent: 50 };
    for (const name of names) must(world.kernel.makeInstance(name, options));
  };

  it('concern what is there, and say what is left', () => {
    const stage = makeStage();
    make(stage, 'a', 'b');
    const remove = { type: 'kernel.remove', names: ['a', 'gone'] } as const;
    expect(stage.perform(remove)).toEqual([{ type: 'kernel.removed', left: [] }]);
    expect(stage.simulation.kernelEvents.instances).toEqual(['b']);
    stage.simulation.kernelEvents.refusal = 'EIO';
    expect(stage.perform({ ...remove, names: ['b'] })).toEqual([
      { type: 'kernel.removed', left: ['b'] },
    ]);
    expect(stage.said()).toEqual(['kernel.removeFailed']);
  });

  it(`of what somebody reads are tried ${REMOVE_ATTEMPTS_MAX} times`, () => {
    const stage = makeStage();
    make(stage, 'a', 'b');
    must(stage.world.kernel.openPages('a', 0));
    expect(stage.perform({ type: 'kernel.remove', names: ['a', 'b'] })).toEqual([]);
    for (let n = 0; n < REMOVE_ATTEMPTS_MAX - 2; n++) stage.passMs(REMOVE_RETRY_MS);
    expect(stage.heard()).toEqual([]);
    expect(stage.said()).toEqual(['kernel.removeWaits']);
    // Timers may be late.
    stage.passMs(REMOVE_RETRY_MS * REMOVE_ATTEMPTS_MAX);
    expect(stage.heard()).toEqual([{ type: 'kernel.removed', left: ['a'] }]);
    expect(stage.said()).toEqual(['kernel.removeWaits', 'kernel.removeFailed']);
    const [last] = stage.simulation.log.slice(-1);
    expect(last?.fields).toMatchObject({ instance: 'a', attempts: REMOVE_ATTEMPTS_MAX });
    stage.passMs(10 * REMOVE_RETRY_MS);
    expect(stage.simulation.kernelEvents.instances).toEqual(['a']);
  });

  it('sweep what no session has, and nothing of others', () => {
    const stage = makeStage();
    make(stage, 'ours-1-x', 'ours-2-x', 'ours-2-y', 'other', 'trace-cmd');
    const sweep = { type: 'kernel.sweep', prefix: 'ours-', kept: ['ours-2-'] } as const;
    expect(stage.perform(sweep)).toEqual([]);
    expect(stage.simulation.kernelEvents.instances).toEqual([
      'other',
      'ours-2-x',
      'ours-2-y',
      'trace-cmd',
    ]);
    expect(stage.said()).toEqual(['kernel.swept']);
    stage.perform(sweep);
    stage.simulation.kernelEvents.refusal = 'ENOENT';
    stage.perform(sweep);
    expect(stage.said()).toEqual(['kernel.swept']);
  });
});
