/** A relay that gets packets as datagrams: the consumer learns their address with the control connection (R3.10). */
import { expect, it } from 'vitest';
import { CONSUMED, enableConsumer, INPUT, setConsumer, steps, toConsumer, UUID } from './words.ts';

it('tells the consumer where the relay takes datagrams', () => {
  const relay = { control: 'tcp://a:1', data: 'udp://b:4' };
  const enabling = [...CONSUMED, setConsumer(relay, 1), enableConsumer(2)] as const;
  const input = { control: { host: 'a' }, data: { host: 'b', protocol: 'udp' } };
  expect(steps(INPUT, ...enabling).effects[0]).toMatchObject({ input });
  const link = `relay-link-${UUID}-1`;
  const datagramsTo = { host: '10.0.0.2', port: 4 };
  const passing = [
    { type: 'link.inviting', link },
    { type: 'consumer.reached', token: 1 },
    { type: 'link.passed', link, datagramsTo },
  ] as const;
  const way = { control: [], data: [] };
  expect(steps(INPUT, ...enabling, ...passing).effects).toEqual([
    toConsumer({ type: 'output.passed', token: 1, subdirectory: '', way, datagramsTo }),
  ]);
});
