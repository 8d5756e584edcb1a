/** A thread's tracepoints, and its connection to registries, which is loaded when there may be one. */
import { utf8Write } from '../../src/os/recording.ts';
import { Tracer } from '../../src/tracer/tracer.ts';

/** A connected library. */
export interface Connected {
  /** Blocks the thread until `isOver`, for at most `msMax`. Meanwhile the library continues its registration. */
  block(isOver: () => boolean, msMax: number): void;
}
export type Connect = (tracer: Tracer, onSettled: () => void) => Connected | Promise<Connected>;

export interface Engine {
  /** An engine of an earlier version has no contexts. */
  readonly tracer: Pick<Tracer, 'tracepoint'> & Partial<Pick<Tracer, 'contexts'>>;
  /** Registers with the registries; calls `onSettled` when each is complete or waits for a registry. */
  connect(onSettled: () => void): Connected | Promise<Connected>;
}

export function makeEngine(connect: Connect): Engine {
  const tracer = new Tracer({ utf8Write });
  return { tracer, connect: (onSettled) => connect(tracer, onSettled) };
}
