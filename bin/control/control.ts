/** {@link Control} on a client of the registry, real or simulated. A theme of calls is loaded by its first call. */
import type { Control } from './api/control.ts';
import { OpenCalls } from './open-calls.ts';
import type { RegistryClient } from './registry-client.ts';
import type { Calling } from './requests.ts';

type Untyped = (...args: readonly unknown[]) => Promise<unknown>;

/** `register`: the path of the module that Node.js loads into programs that `run` and `record` start. */
export function createControl(client: RegistryClient, register: string): Control {
  const on: Calling = { client, register };
  const calls = new OpenCalls();
  const of = callsBy(on, calls);
  return {
    ...of(async () => (await import('./calls/create.ts')).createCalls, ['create']),
    ...of(
      async () => (await import('./calls/sessions.ts')).sessionCalls,
      [
        'get',
        'setCurrent',
        'start',
        'stop',
        'pause',
        'destroy',
        'rotate',
        'clear',
        'regenerateMetadata',
        'enableRotation',
        'disableRotation',
      ],
    ),
    ...of(
      async () => (await import('./calls/rules.ts')).ruleCalls,
      [
        'addChannel',
        'disableChannel',
        'config',
        'addContext',
        'track',
        'untrack',
        'addEvent',
        'addEventAndLook',
        'disableEvent',
      ],
    ),
    ...of(
      async () => (await import('./calls/consumers.ts')).consumerCalls,
      [
        'continueConsumer',
        'stopConsumer',
        'superviseConsumer',
        'enableConsumer',
        'disableConsumer',
      ],
    ),
    ...of(
      async () => (await import('./calls/saved.ts')).savedCalls,
      ['save', 'savedFiles', 'readSaved', 'load'],
    ),
    ...of(
      async () => (await import('./calls/information.ts')).informationCalls,
      ['list', 'apps', 'overview', 'look', 'status', 'sessionOf', 'chosen', 'contexts', 'version'],
    ),
    ...of(async () => (await import('./calls/kernel.ts')).kernelCalls, ['kernel', 'kernelEvents']),
    ...of(
      async () => (await import('./calls/traces.ts')).traceCalls,
      ['snapshot', 'addSnapshotOutput', 'listSnapshotOutputs', 'delSnapshotOutput', 'recover'],
    ),
    ...of(async () => (await import('./calls/programs.ts')).programCalls, ['run', 'record']),
    async *watch(options = {}) {
      const { changesOf } = await import('./calls/watch.ts');
      yield* changesOf(on, calls, options);
      return undefined;
    },
    close: () => calls.close(() => client.end()),
  };
}

/** Makes calls of a theme, which is loaded by the first of them. */
function callsBy(on: Calling, calls: OpenCalls) {
  return <C extends object, N extends keyof C>(
    load: () => Promise<(on: Calling) => C>,
    names: readonly N[],
  ): Pick<C, N> => {
    const callOf =
      (name: N): Untyped =>
      (...args) =>
        calls.run(async () => await ((await load())(on)[name] as Untyped)(...args));
    return Object.fromEntries(names.map((name) => [name, callOf(name)])) as Pick<C, N>;
  };
}
