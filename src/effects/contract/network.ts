/**
 * Effects and events of TCP connections that an actor makes in order to pass them on (R3.3, R3.4). `connection` is a
 * name that the emitter chooses. What an actor has asked for and has made is its own: `network.release` ends all of it.
 */
import type { Credentials } from '../../port/identity.ts';
import type { TcpAddress } from '../../port/network.ts';
import type { OsError } from '../../port/os-error.ts';

export type NetworkEffect =
  /** The addresses of a host name or numeric address: `network.resolved` or `network.resolveFailed`. */
  | { type: 'network.resolve'; host: string }
  /** `network.connected` or `network.connectFailed`. Ends an attempt that is still under way. */
  | { type: 'network.connect'; connection: string; address: TcpAddress }
  /** Opens a passage for processes of this user: `network.passageOpened` or `network.passageFailed`. */
  | { type: 'network.openPassage'; path: string; uid: number }
  /**
   * Passes the connections in this order to the process that has reached the passage: `network.passed` or
   * `network.passFailed`.
   */
  | { type: 'network.pass'; to: Credentials; connections: readonly string[] }
  /** Ends attempts and look-ups, resets connections that were not passed, closes the passage. No outcome. */
  | { type: 'network.release' };

export type NetworkEvent =
  | { type: 'network.resolved'; addresses: readonly string[] }
  | { type: 'network.resolveFailed'; error: OsError }
  | { type: 'network.connected'; connection: string }
  | { type: 'network.connectFailed'; connection: string; error: OsError }
  | { type: 'network.passageOpened' }
  | { type: 'network.passageFailed'; error: OsError }
  | { type: 'network.passed' }
  | { type: 'network.passFailed'; error: OsError };
