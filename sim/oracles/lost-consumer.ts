/** The answers to commands of a session that has no consumer, or whose consumer cannot write. */
import type { StepResult } from '../../actors/client/plans/plan.ts';

const NO_CONSUMER = ['NO_CONSUMER', 'CONSUMER_FAILED'];

/** The owner's client starts a consumer, which may fail; other users may not (R1.20). */
export function codesWithoutConsumer(isOwner: boolean): readonly string[] {
  return isOwner ? NO_CONSUMER : ['NOT_ALLOWED'];
}

/** The events stay in the buffers. */
export function isUnwritten(answer: StepResult | undefined): boolean {
  return answer?.kind === 'failure' && answer.code === 'NOT_WRITTEN';
}
