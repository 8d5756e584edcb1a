/** Marks: what a scenario is there to reach, by name. */

export type Mark =
  | FaultMark
  | 'event-recorded'
  | 'event-discarded'
  | 'packet-overwritten'
  | 'application-killed'
  /** Two threads that had one process id, one after the other, were recorded into one session. */
  | 'id-recorded-twice'
  | 'killed-inside-an-event'
  | 'application-waited-on-pipe'
  | 'registry-of-a-user'
  | 'registry-global'
  | 'traced-through-the-group'
  | 'command-refused'
  /** Somebody acted on what it had been told of a path, a file or its length, and others had changed it since. */
  | 'look-outdated'
  /** Commands of several clients at the same time. */
  | 'commands-overlapped'
  /** Of so many that nobody looked for the order that explains them. */
  | 'order-undecided'
  /** A peer of another version was turned away; one of another minor version was served. */
  | 'version-refused'
  | 'version-mixed'
  /** A registry came after one that had served. */
  | 'registry-came-back'
  /** A registry that served read its configuration again. */
  | 'group-changed'
  /** A registry that ended left a session to the next one. */
  | 'session-kept'
  /** A consumer gave up a stream whose memory held nonsense. */
  | 'stream-distrusted'
  /** Somebody who was no application had streams of one. */
  | 'impostor-traced'
  /** A consumer came after one that had died. */
  | 'consumer-came-back'
  /** `lttng recover` ended a session. */
  | 'session-recovered'
  /** Who changed a session was told that it is not written down. */
  | 'change-unwritten'
  /** A consumer lied about what it had done. */
  | 'consumer-lied'
  /** Somebody got no more of what there is a bound for. */
  | 'bound-met'
  /** A registry turned away somebody who may not use it, and could connect. */
  | 'stranger-refused'
  /** A channel that another process had left was named to a registry. */
  | 'gift-of-another'
  /** A library did not record into memory that was not as granted. */
  | 'grant-distrusted'
  | 'snapshot-taken'
  | 'snapshots-at-once'
  | 'snapshot-of-the-dead'
  | 'snapshot-of-the-newest'
  | 'snapshot-on-crash';

export type FaultMark =
  /** A registry was killed before it served, while it ended a session, while it started or stopped one. */
  | 'registry-killed-while-starting'
  | 'registry-killed-in-destroy'
  | 'registry-killed-in-start-or-stop'
  /** A registry that served was stopped, and nobody continued it. */
  | 'registry-stopped-for-good'
  /** A consumer was killed in the middle of a write, and when all of it was written but nothing noted. */
  | 'consumer-killed-inside-a-write'
  | 'consumer-killed-before-it-noted'
  /** A consumer was killed while its session was being ended. */
  | 'consumer-killed-in-destroy'
  /** Another consumer held the trace when a session was to be stopped: that one has to write first, or to go. */
  | 'stopped-under-another-consumer'
  /** An application was killed before it was registered. */
  | 'application-killed-while-registering'
  /** The disk took a part of what a consumer wrote. */
  | 'disk-full-inside-a-write'
  | 'registry-short-of-descriptors'
  /** Two faults of different kinds hit the same process. */
  | 'two-faults-on-one-process'
  /** A registry and a consumer of its were both killed. */
  | 'registry-and-consumer-killed'
  | 'power-cut-while-recording';
