/** Handlers of `process.*`, `random.*` and `log.*`. */

import type { Child } from '../port/processes.ts';
import type { World } from '../port/world.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { CheckedThread, LogEffect, ProcessEffect, RandomEffect } from './contract/process.ts';

export function createProcessHandler(world: World, deliver: Deliver): EffectHandler<ProcessEffect> {
  const children = new Map<string, Child>();
  return (effect, from) => {
    if (effect.type === 'process.exit') {
      world.processes.exit(effect.code);
      return;
    }
    if (effect.type === 'process.notify') {
      world.processes.notify(effect.state);
      return;
    }
    if (effect.type === 'process.check') {
      const { pid, tid = pid, startedAt } = effect;
      const isAlive = !hasEnded(world, { pid, tid, startedAt });
      deliver(from, { type: 'process.checked', pid, tid, startedAt, isAlive });
      return;
    }
    if (effect.type === 'process.checkThreads') {
      const ended = effect.threads
        .filter((thread) => hasEnded(world, thread))
        .map((thread) => ({ ...thread, isWhole: hasEnded(world, { ...thread, tid: thread.pid }) }));
      deliver(from, { type: 'process.threadsChecked', ended });
      return;
    }
    if (effect.type === 'process.checkThread') {
      const { pid, tid } = effect;
      const isMissing = world.processes.hasThread(pid, tid) === false;
      deliver(from, { type: 'process.threadChecked', pid, tid, isMissing });
      return;
    }
    if (effect.type === 'process.kill') {
      children.get(effect.key)?.kill(effect.signal);
      return;
    }
    const { key, program, args, environment, style } = effect;
    const spawned = world.processes.spawn({ program, args, environment, style }, (exit) => {
      children.delete(key);
      deliver(from, { type: 'process.ended', key, exit });
    });
    if (spawned.ok) {
      children.set(key, spawned.value);
      deliver(from, { type: 'process.spawned', key, pid: spawned.value.pid });
    } else deliver(from, { type: 'process.spawnFailed', key, error: spawned.error });
  };
}

function hasEnded(world: World, { pid, tid, startedAt }: CheckedThread): boolean {
  return !world.processes.isAlive(pid, tid) || isAnother(world, pid, startedAt);
}

/** Whether another process, with another start time, has this id by now. */
function isAnother({ processes }: World, pid: number, startedAt: number): boolean {
  if (startedAt === 0) return false;
  const started = processes.startedAt(pid);
  return started.ok && started.value !== startedAt;
}

export function createRandomHandler(world: World, deliver: Deliver): EffectHandler<RandomEffect> {
  return ({ key }, from) =>
    deliver(from, { type: 'random.uuidMade', key, uuid: world.random.uuid(key) });
}

export function createLogHandler(world: World): EffectHandler<LogEffect> {
  return (effect) => world.log(effect.event, effect.fields);
}
