/** A thread's tracepoints, and its connection to registries, which is loaded when there may be one. */
import { utf8Write } from '../../src/os/recording.ts';
import { Tracer } from '../../src/tracer/tracer.ts';

export interface Engine {
  readonly tracer: Pick<Tracer, 'tracepoint'>;
  /** Registers with the registries; calls `onSettled` when each is complete or waits for a registry. */
  connect(onSettled: () => void): Promise<void>;
}

export function makeEngine(): Engine {
  const tracer = new Tracer({ utf8Write });
  return {
    tracer,
    async connect(onSettled) {
      const { connect } = await import('./connect.ts');
      connect(tracer, onSettled);
    },
  };
}
