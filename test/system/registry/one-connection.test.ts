/** A command without the name of a session looks it up and asks about it on one connection. */
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../actors/client/plans/plan.ts';
import { requestInSession } from '../../../bin/control/sessions.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { ControlStage } from '../../support/simulated/control-stage.ts';

describe('a command without the name of a session', () => {
  it.each(['session.start', 'session.get', 'consumer.continue', 'session.destroy'] as const)(
    'connects once: %s',
    async (op) => {
      const stage = new ControlStage();
      const create = { op: 'session.create', name: 'web', output: '/home/alice/web' } as const;
      const started = { op: 'session.start', session: 'web' } as const;
      const first = op === 'consumer.continue' ? [create, started] : [create];
      await stage.settle(stage.client.run(inOrder(first), 'start-registry'));
      const before = stage.connections;
      const operations = (session: string): Operation[] => [{ op, session }];
      const asked = await stage.settle(requestInSession(stage.client, undefined, operations));
      expect(asked).toMatchObject({ ok: true, value: { name: 'web' } });
      expect(stage.connections - before).toBe(1);
      // The consumer that the command started has its own connection.
      expect(new Set(stage.accepted).size).toBe(op === 'session.start' || first.length > 1 ? 2 : 1);
    },
  );
});
