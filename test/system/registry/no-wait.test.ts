/**
 * `--no-wait`: a command is answered when the session has begun, and what it has begun is done without the client: by
 * this registry, or by the next one.
 */
import { describe, expect, it } from 'vitest';
import { inOrder, lastSessionIn, type StepResult } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const EVENTS = 20;
const ALL = Array.from({ length: EVENTS }, (_, n) => n);
const STOP = { op: 'session.stop', session: 'web' } as const;
const DESTROY = { op: 'session.destroy', session: 'web' } as const;
const ROTATE = { op: 'session.rotate', session: 'web' } as const;
const NO_WAIT = { noWait: true } as const;
/** Far more than an answer takes, far less than anything that waits for the consumer. */
const ANSWER_MS = 50;
/** More than a restored session waits for its applications and its consumer. */
const DONE_MS = 10_000;

/** An application has recorded; its session's consumer hangs from now on, and events wait in the buffers. */
class Stuck extends Stage {
  registryPid: number;

  constructor(seed: number) {
    super(seed);
    this.registryPid = this.registry().pid;
    this.run(20);
    this.command(BEGIN);
    this.application('alice', steady(5, 5 * EVENTS));
    this.run(50);
    this.hang(true);
    this.run(300);
  }

  hang(isHanging: boolean): void {
    const [pid] = this.consumers();
    const consumer = this.simulation.processes().find((process) => process.pid === pid);
    if (consumer === undefined) throw new Error('There is no consumer');
    if (isHanging) this.simulation.faultControls.stop(consumer);
    else this.simulation.faultControls.resume(consumer);
  }

  nextRegistry(): void {
    this.simulation.kill(this.registryPid);
    this.registryPid = this.registry().pid;
    this.run(20);
  }

  /** Sends the request, and does not wait for the answer. */
  ask(operation: Operation): () => readonly StepResult[] | undefined {
    let results: readonly StepResult[] | undefined;
    startClient(this.hands.world, {
      plan: inOrder([operation]),
      sessiond: undefined,
      onDone: (done) => {
        results = done;
      },
    });
    return () => results;
  }

  /** The state that the request is answered with at once. */
  answerTo(operation: Operation): string | undefined {
    const answer = this.ask(operation);
    this.run(ANSWER_MS);
    return lastSessionIn(answer() ?? [])?.state ?? codes(answer())[0];
  }
}

function expectWhole(stage: Stage): void {
  const { counters, problems } = stage.read();
  expect(problems).toEqual([]);
  expect([...counters.values()].flat()).toEqual(ALL);
}

describe('a command that does not wait', () => {
  for (const isKilled of [false, true]) {
    const when = isKilled ? ', also when the registry is killed at once' : '';

    it(`stops a session while its consumer hangs, which writes the rest later${when}`, () => {
      const stage = new Stuck(1);
      expect(stage.answerTo({ ...STOP, ...NO_WAIT })).toBe('stopping');
      expect(stage.answerTo({ op: 'session.start', session: 'web' })).toBe('SESSION_BUSY');
      if (isKilled) stage.nextRegistry();
      stage.hang(false);
      stage.run(DONE_MS);
      expect(stage.answerTo({ op: 'session.get', session: 'web' })).toBe('stopped');
      stage.run(DONE_MS);
      expectWhole(stage);
    });

    it(`destroys a session${when}`, () => {
      const stage = new Stuck(2);
      expect(stage.answerTo({ ...DESTROY, ...NO_WAIT })).toBe('destroying');
      expect(stage.answerTo({ ...DESTROY, ...NO_WAIT })).toBe('destroying');
      if (isKilled) stage.nextRegistry();
      stage.hang(false);
      stage.run(DONE_MS);
      // The consumer may have ended for the registry that was killed: then a further request starts another one.
      const again = stage.ask(DESTROY);
      stage.run(DONE_MS);
      expect(isKilled ? ['reply', 'NO_SESSION'] : ['NO_SESSION']).toContain(codes(again())[0]);
      expect(stage.answerTo({ op: 'session.get', session: 'web' })).toBe('NO_SESSION');
      expectWhole(stage);
      expect(stage.leftovers()).toEqual([]);
    });

    it(`rotates a session${when}`, () => {
      const stage = new Stuck(3);
      expect(stage.answerTo({ ...ROTATE, ...NO_WAIT })).toBe('active');
      if (isKilled) stage.nextRegistry();
      stage.hang(false);
      stage.run(DONE_MS);
      const found = stage.ask({ op: 'session.get', session: 'web' });
      stage.run(ANSWER_MS);
      expect(lastSessionIn(found() ?? [])?.rotation).toMatchObject({ archives: 1 });
    });
  }

  it('is not what the same one does that waits', () => {
    for (const operation of [STOP, DESTROY, ROTATE]) {
      const stage = new Stuck(4);
      const answer = stage.ask(operation);
      stage.run(ANSWER_MS);
      expect(answer()).toBeUndefined();
    }
  });

  it('is refused as the same one that waits', () => {
    const stage = new Stuck(5);
    expect(stage.answerTo({ ...STOP, session: 'other', ...NO_WAIT })).toBe('NO_SESSION');
    stage.hang(false);
    expect(stage.answerTo(STOP)).toBe('stopped');
    expect(stage.answerTo({ ...STOP, ...NO_WAIT })).toBe('ALREADY');
  });
});
