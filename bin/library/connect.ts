/** Connects the library to registries; loaded when there may be one (`start.ts`). */
import { startApplication } from '../../actors/programs/application.ts';
import { guardStops } from '../../src/os/native-lock.ts';
import { storeTimestamp } from '../../src/os/recording.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { Tracer } from '../../src/tracer/tracer.ts';
import type { Connected } from './engine.ts';
import { Guard } from './guard.ts';
import { debugLog, debugMistake } from './guest/debug.ts';
import { guarded } from './guest/guarded.ts';
import { nodeSources } from './providers/all.ts';
import { createChannelProvider } from './providers/any-channel.ts';
import { provideNodeContexts } from './providers/contexts.ts';
import { libraryPipes } from './wait.ts';

/** Calls `onSettled` when each registration is complete or waits for a registry, or after an internal error. */
export function connect(tracer: Tracer, onSettled: () => void): Connected {
  let stop = (): void => undefined;
  const guard = new Guard((error) => {
    debugMistake(error);
    onSettled();
    // Deferred, because the error may come from the middle of recording an event.
    queueMicrotask(
      guarded(() => {
        guard.close();
        stop();
      }),
    );
  });
  for (const source of nodeSources) source.install(tracer);
  provideNodeContexts(tracer.contexts);
  guardStops(guard);
  guard.run(() => {
    const world = createRealWorld({ log: debugLog, entrance: guard });
    const application = startApplication(
      { ...world, pipes: libraryPipes(world.pipes) },
      {
        tracer,
        now: storeTimestamp,
        onSettled,
        shield: guard.run,
        onPatterns: createChannelProvider(tracer),
        onFailure: (error) => {
          throw error;
        },
      },
    );
    stop = () => application.stop();
  });
  return { block: (isOver, msMax) => guard.blocking.until(isOver, msMax) };
}
