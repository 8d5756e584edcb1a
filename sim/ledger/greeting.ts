/** What programs of different versions said to each other when they met. */

/** What one end of a connection said and heard. */
export interface Greeting {
  readonly program: string;
  readonly pid: number;
  readonly isListener: boolean;
  readonly major: number;
  readonly minor: number;
  /** As the peer said it; undefined: it did not. */
  peerMajor?: number;
  peerMinor?: number | undefined;
  /** Types of the messages that this end sent, up to {@link SENT_MAX}. */
  readonly sent: string[];
  /** What this end was refused with when it greeted. */
  refusedWith?: string | undefined;
  /** What this end refused with. */
  refused?: string | undefined;
}
