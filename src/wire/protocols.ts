/** The sides of our protocols by name, so that an effect can name the protocol of a connection. */
import * as app from './app/messages.ts';
import type { Protocol } from './codec.ts';
import * as control from './control/messages.ts';
import { messagePack } from './message-pack.ts';

/** Named after the side that receives. */
export const PROTOCOLS = {
  'app.registry': messagePack(app.toRegistry),
  'app.library': messagePack(app.handshakeToApp),
  'channel.registry': messagePack(app.channelToRegistry),
  'channel.library': messagePack(app.channelToApp),
  'control.registry': messagePack(control.toRegistry),
  'control.client': messagePack(control.toClient),
  'control.consumer': messagePack(control.toConsumer),
} as const;

export type ProtocolName = keyof typeof PROTOCOLS;

/** A protocol for each name. */
export type Protocols = Readonly<Record<ProtocolName, Protocol>>;
