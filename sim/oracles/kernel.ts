/**
 * What the kernel recorded: the instances of a kernel part take the events of its rules while it records, and each
 * event that one of them took is in the trace once, or counted as discarded (R1.24). The tracer of the machine knows
 * what became of each event, and the names of instances say to which kernel part they belong.
 */
import { isMeant } from '../../src/kernel/rules.ts';
import { KERNEL_SOURCES } from '../input/kernel.ts';
import { type KernelPartAccount, kernelPartsIn } from '../ledger/kernel-parts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type TraceContent, writtenBy } from '../ledger/trace-content.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const conservation = finder('conservation');
const coverage = finder('coverage');
const leftovers = finder('leftovers');

type History = Simulation['kernelEvents']['history'];

/** `contentOf`: of a session's directory. */
export function checkKernel(
  { kernelEvents }: Simulation,
  ledger: Ledger,
  contentOf: (output: string) => TraceContent,
): Finding[] {
  return kernelPartsIn(ledger).flatMap((part) => {
    const instances = kernelEvents.history.filter(({ name }) => name.includes(part.uuid));
    const covered = checkCoverage(part, kernelEvents.happened, instances);
    if (part.isAbandoned) return covered;
    return [...covered, ...checkPart(part, instances, contentOf(part.output))];
  });
}

/** While the part records, an instance takes each event that a rule means; while it rests, none takes any. */
function checkCoverage(
  { name, rules, recorded, rested }: KernelPartAccount,
  happened: Simulation['kernelEvents']['happened'],
  instances: History,
): Finding[] {
  const taken = new Set(
    instances.flatMap(({ offered }) => offered.map(({ sequence }) => sequence)),
  );
  return happened.flatMap(({ sequence, time, event }) => {
    const isIn = (spans: KernelPartAccount['recorded']): boolean =>
      spans.some(({ from, until }) => time > from && time < until);
    const isWanted = rules.some((rule) => isMeant(rule, event));
    const what = `the kernel part of ${name}: event ${sequence} (${event})`;
    if (taken.has(sequence)) {
      return isIn(rested) ? [coverage(`${what} was recorded at rest`)] : [];
    }
    return isWanted && isIn(recorded) ? [coverage(`${what} was not recorded`)] : [];
  });
}

function checkPart(
  { name, uuid }: KernelPartAccount,
  instances: History,
  content: TraceContent,
): Finding[] {
  const say = (text: string): Finding => conservation(`the kernel part of ${name}: ${text}`);
  const findings: Finding[] = [];
  const streams = writtenBy(uuid, content).streams;
  const times = new Map<number, number>();
  const events = streams.flatMap((stream) => stream.events);
  for (const { counter } of events) times.set(counter, (times.get(counter) ?? 0) + 1);
  const offered = instances.flatMap((instance) => instance.offered);
  const taken = new Map(offered.map((event) => [event.sequence, event]));
  let lost = 0;
  for (const { sequence, event, fate } of offered) {
    const found = times.get(sequence) ?? 0;
    if (fate === 'discarded' || fate === 'overwritten') lost++;
    // The consumer has not read what the kernel still had when the instance was removed, or has.
    const isOwed = fate === 'read';
    if (isOwed && found !== 1)
      findings.push(say(`event ${sequence} (${event}) is there ${found} times`));
    if (!isOwed && found > 0) findings.push(say(`event ${sequence}, ${fate}, is in the trace`));
    if (fate === 'removed') findings.push(say(`event ${sequence} was removed with its instance`));
  }
  for (const { counter, name: traced } of events) {
    const event = taken.get(counter)?.event;
    const known = Object.entries(KERNEL_SOURCES).find(([source]) => source === event);
    if (known?.[1].traced !== traced) findings.push(say(`${traced} ${counter} never happened`));
  }
  const counted = streams.reduce((sum, { discarded }) => sum + discarded, 0);
  if (counted !== lost) {
    findings.push(say(`${counted} events are counted as discarded, and ${lost} were`));
  }
  return findings;
}

/** Instances of kernel parts that no session has any more, or has only by these records. */
export function checkInstances(
  { kernelEvents }: Simulation,
  records: ReadonlySet<string> = new Set(),
): Finding[] {
  return kernelEvents.instances
    .filter((name) => ![...records].some((path) => isOf(path, name)))
    .map((name) => leftovers(`instance ${name} of the kernel's tracer`));
}

/** Whether the record is that of the kernel part that has the instance. */
function isOf(record: string, instance: string): boolean {
  const [, uuid] = /\/([^/]+)\.json$/.exec(record) ?? [];
  return uuid !== undefined && instance.includes(uuid);
}
