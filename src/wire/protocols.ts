/** The sides of our protocols by name, so that an effect can say which messages a connection may bring. */
import * as app from './app/messages.ts';
import * as control from './control/messages.ts';

/** What the named side receives. */
export const PROTOCOLS = {
  'app.registry': app.toRegistry,
  'app.library': app.handshakeToApp,
  'channel.registry': app.channelToRegistry,
  'channel.library': app.channelToApp,
  'control.registry': control.toRegistry,
  'control.client': control.toClient,
  'control.consumer': control.toConsumer,
} as const;

export type ProtocolName = keyof typeof PROTOCOLS;
