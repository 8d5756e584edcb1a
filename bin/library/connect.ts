/** Connects the library to registries; loaded when there may be one (`start.ts`). */
import { startApplication } from '../../actors/programs/application.ts';
import { storeTimestamp } from '../../src/os/recording.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { Tracer } from '../../src/tracer/tracer.ts';
import { guardWorld } from './guard.ts';
import { debugLog, debugMistake } from './guest/debug.ts';
import { nodeSources } from './providers/all.ts';
import { createChannelProvider } from './providers/any-channel.ts';

export function connect(tracer: Tracer, onSettled: () => void): void {
  let stop = (): void => {};
  const switchOff = (error: unknown): void => {
    debugMistake(error);
    // Deferred, because the error may come from the middle of recording an event.
    queueMicrotask(() => {
      guarded.close();
      stop();
      onSettled();
    });
  };
  for (const source of nodeSources) source.install(tracer);
  const real = createRealWorld({ log: debugLog, background: true });
  const guarded = guardWorld(real, switchOff);
  const application = startApplication(guarded.world, {
    tracer,
    now: storeTimestamp,
    onSettled,
    shield: guarded.run,
    onPatterns: createChannelProvider(tracer),
    onFailure: switchOff,
  });
  stop = () => application.stop();
}
