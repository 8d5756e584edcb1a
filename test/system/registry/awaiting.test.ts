/** Requests that wait for a consumer that never attaches: each waits its full time, whether or not others wait. */
import { expect, it } from 'vitest';
import { inOrder, type StepResult } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import { CONSUMER_MS_MAX } from '../../../actors/sessiond/limits.ts';
import { codes, Stage } from '../../support/simulated/stage.ts';

const OUTPUT = '/home/alice/trace';
/** For messages to come. */
const ROOM_MS = 500;

/** Sends a request that waits; the returned value shows its answer. */
function waits({ hands }: Stage): () => string[] {
  let results: readonly StepResult[] | undefined;
  startClient(hands.world, {
    plan: inOrder([{ op: 'consumer.await', session: 'web' }]),
    sessiond: undefined,
    onDone: (done) => {
      results = done;
    },
  });
  return () => codes(results);
}

function stageWithSession(): Stage {
  const stage = new Stage(1);
  stage.registry();
  stage.run(20);
  stage.command([{ op: 'session.create', name: 'web', output: OUTPUT }]);
  return stage;
}

it('a late request is not refused together with earlier ones', () => {
  const stage = stageWithSession();
  const early = waits(stage);
  stage.run(CONSUMER_MS_MAX - 2 * ROOM_MS);
  const late = waits(stage);
  stage.run(4 * ROOM_MS);
  expect([early(), late()]).toEqual([['CONSUMER_FAILED'], []]);
  stage.command([{ op: 'session.start', session: 'web' }]);
  expect(late()).toEqual(['reply']);
});

it('no request waits for ever, though new ones keep arriving', () => {
  const stage = stageWithSession();
  const asked = Array.from({ length: 10 }, () => {
    const said = waits(stage);
    stage.run(CONSUMER_MS_MAX / 2);
    return said;
  });
  stage.run(ROOM_MS);
  // Requests of the last two waits may still wait.
  for (const said of asked.slice(0, -4)) expect(said()).toEqual(['CONSUMER_FAILED']);
  stage.run(2 * CONSUMER_MS_MAX);
  for (const said of asked) expect(said()).toEqual(['CONSUMER_FAILED']);
});
