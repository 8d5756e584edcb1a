/** The greetings that programs of different versions exchanged. */

/** The greeting of one end of a connection: what it sent and received. */
export interface Greeting {
  readonly program: string;
  readonly pid: number;
  readonly isListener: boolean;
  readonly major: number;
  readonly minor: number;
  /** The version that the peer sent; undefined: it sent none. */
  peerMajor?: number;
  peerMinor?: number | undefined;
  /** Types of the messages that this end sent, up to {@link SENT_MAX}. */
  readonly sent: string[];
  /** The reason with which the peer refused the greeting of this end. */
  refusedWith?: string | undefined;
  /** The reason with which this end refused the peer. */
  refused?: string | undefined;
}
