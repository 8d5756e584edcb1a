/** A command whose registry always requests another consumer: it starts one consumer, and ends. */
import { describe, expect, it } from 'vitest';
import { inOrder, type StepResult } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import { Simulation } from '../../../sim/machine/simulation.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../src/wire/control/messages.ts';
import { decodeFrame, encodeFrame, FrameParser } from '../../../src/wire/frames.ts';
import { PLACE } from '../../fuzz/arena.ts';

const UUID = '01234567-89ab-4cde-8f01-23456789abcd';

describe('lttng', () => {
  it('starts one consumer for a request, however often the registry asks', () => {
    let results: readonly StepResult[] = [];
    const simulation = new Simulation({
      seed: 1,
      users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
      groups: { root: 0, alice: 1001 },
      programs: {
        'ust-consumerd': (world) => void world.clock.setTimer(100_000, () => undefined),
        lttng: (world) =>
          startClient(world, {
            plan: inOrder([{ op: 'session.start', session: UUID }]),
            sessiond: undefined,
            onDone: (all) => {
              results = all;
            },
          }),
      },
    });
    const { world } = simulation.login('root');
    world.files.makeDirectory('/run/lttng-ts', 0o755);
    world.unix.listen(PLACE.client, { mode: 0o666 }, (connection) => {
      const parser = new FrameParser();
      const say = (message: unknown): void => {
        const frame = encodeFrame(message);
        if (frame.ok) connection.send(frame.value);
      };
      connection.start({
        onData: (bytes) => {
          for (const body of parser.push(bytes).bodies) {
            const heard = decodeFrame(Uint8Array.of(0, 0, 0, 0, ...body)) as {
              type: string;
              id: number;
              operation?: { op: string };
            };
            if (heard.type === 'hello') {
              say({
                type: 'welcome',
                major: CONTROL_PROTOCOL_MAJOR,
                minor: 0,
                scope: 'global',
                pid: 1,
              });
            } else if (heard.operation?.op === 'consumer.await') {
              say({ type: 'reply', id: heard.id, value: {} });
            } else {
              const { id } = heard;
              say({ type: 'failure', id, code: 'NO_CONSUMER', reason: 'none', session: UUID });
            }
          }
        },
        onClose: () => undefined,
      });
    });
    simulation.spawn('alice', 'lttng');
    simulation.run({ forMs: 5000 });
    const brought = simulation.processes().filter(({ program }) => program === 'ust-consumerd');
    expect(brought).toHaveLength(1);
    expect(results).toEqual([{ kind: 'failure', code: 'NO_CONSUMER', reason: 'none' }]);
  });
});
