/** Events and effects that the step tests of the relay's links share. */
import type { LinkInput } from '../../../../actors/relayd/messages.ts';

export const CONNECTION = 'control-5';
export const LINK_INPUT: LinkInput = {
  link: 'link-5',
  relay: 'relay',
  connection: CONNECTION,
  peer: { host: '10.0.0.2', port: 40_000 },
};

export const adopted = { type: 'relay.adopt', connection: CONNECTION };
export const closes = { type: 'relay.close', connection: CONNECTION };
export const tellsClosed = {
  type: 'actor.tell',
  to: 'relay',
  event: { type: 'link.closed', link: 'link-5' },
};
export const closed = {
  type: 'relay.closed',
  connection: CONNECTION,
  cause: 'ended',
  reason: 'the peer closed the connection',
} as const;
export const end = { type: 'link.end' } as const;
