/** The program of a user's script. */

import { NS_PER_MS_BIGINT } from '../../src/base/time.ts';
import type { World } from '../../src/port/world.ts';
import { APPLICATION_PROGRAM } from '../input/command.ts';
import { VERSION_VARIABLE, versionText } from '../input/installation.ts';
import type { Script, ScriptStep } from '../input/scenario.ts';
import type { RunContext } from '../ledger/run-context.ts';
import { SESSIOND } from './lttng.ts';

/** Runs the steps in order, as a shell does: waits for commands of `lttng`, runs the rest in the background. */
export function runScript(
  { terminate, interrupt, regroup, kernelDoes }: RunContext,
  world: World,
  { steps }: Script,
): void {
  const environmentFor = ({
    version,
  }: ScriptStep): Readonly<Record<string, string | undefined>> => ({
    ...world.identity.environment,
    ...(version === undefined ? {} : { [VERSION_VARIABLE]: versionText(version) }),
  });
  const startNs = world.clock.monotonicNs();

  const spawn = (
    step: ScriptStep,
    program: string,
    data: unknown,
    onExit: () => void = () => undefined,
    more: Readonly<Record<string, string>> = {},
  ): void => {
    const args = [JSON.stringify(data)];
    const environment = { ...environmentFor(step), ...more };
    const request = { program, args, environment, style: 'inherit' as const };
    const spawned = world.processes.spawn(request, onExit);
    if (!spawned.ok) world.log('custom.cannotRun', { program, code: spawned.error.code });
  };

  const perform = (step: ScriptStep, done: () => void): void => {
    if (step.do === 'lttng') {
      spawn(step, 'lttng-ts:lttng', step.command, done);
      return;
    }
    if (step.do === 'sessiond') {
      const environment = environmentFor(step);
      const request = { program: SESSIOND, args: [], environment, style: 'daemon' as const };
      world.processes.spawn(request, () => undefined);
    } else if (step.do === 'attack') {
      spawn(step, 'lttng-ts:adversary', step.attack);
    } else if (step.do === 'relayd') {
      const [program, args] = ['lttng-ts:lttng-relayd', [JSON.stringify(step.relay)]];
      const environment = environmentFor(step);
      world.processes.spawn({ program, args, environment, style: 'daemon' }, () => undefined);
    } else if (step.do === 'sender') {
      spawn(step, 'lttng-ts:sender', step.sender);
    } else if (step.do === 'view') {
      spawn(step, 'lttng-ts:viewer', step.view);
    } else if (step.do === 'terminate') {
      terminate(world.identity.uid);
    } else if (step.do === 'interrupt') {
      interrupt(world.identity.uid, step.signal);
    } else if (step.do === 'kernel') {
      kernelDoes(step.bursts);
    } else if (step.do === 'regroup') {
      regroup(world.identity.uid, step.group);
    } else {
      const { setUserId } = step;
      const program =
        setUserId === undefined ? APPLICATION_PROGRAM : `${APPLICATION_PROGRAM}@${setUserId.owner}`;
      spawn(step, program, step.workload, undefined, setUserId?.environment);
    }
    done();
  };

  const next = (index: number): void => {
    const step = steps[index];
    if (step === undefined) return;
    const passedMs = Number((world.clock.monotonicNs() - startNs) / NS_PER_MS_BIGINT);
    world.clock.setTimer(Math.max(0, step.at - passedMs), () =>
      perform(step, () => next(index + 1)),
    );
  };
  next(0);
}
