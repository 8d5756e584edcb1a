/** Marks: the named situations that a scenario is meant to reach. */

export type Mark =
  | FaultMark
  | NetworkMark
  | 'event-recorded'
  | 'event-discarded'
  /** An event of the kernel is in a trace; the kernel had no room for one. */
  | 'kernel-recorded'
  | 'kernel-discarded'
  | 'packet-overwritten'
  /** A stream has lost its beginning to the bound on its files. */
  | 'tracefile-overwritten'
  | 'application-killed'
  /** Two threads that had one process id, one after the other, were recorded into one session. */
  | 'id-recorded-twice'
  | 'killed-inside-an-event'
  | 'application-waited-on-pipe'
  | 'registry-of-a-user'
  | 'registry-global'
  | 'traced-through-the-group'
  | 'command-refused'
  /** A `record` was interrupted before its command ran, while it ran, while its session was being destroyed. */
  | 'recording-not-begun'
  | 'recording-interrupted'
  | 'recording-left'
  /** A process used a path, a file or its length after others had changed it since the check. */
  | 'stale-check'
  /** Commands of several clients at the same time. */
  | 'commands-overlapped'
  /** Too many commands overlapped, so the oracle searched for no order that explains their results. */
  | 'order-undecided'
  /** A registry refused a peer of another major version; it served one of another minor version. */
  | 'version-refused'
  | 'version-mixed'
  /** A registry started after another one that had served. */
  | 'registry-came-back'
  /** A registry that served read its configuration again. */
  | 'group-changed'
  /** A registry that ended left a session for the next one. */
  | 'session-kept'
  /** A consumer abandoned a stream with corrupt memory. */
  | 'stream-distrusted'
  /** A hostile process had streams as an application. */
  | 'impostor-traced'
  /** A consumer started after another one that had died. */
  | 'consumer-came-back'
  /** `lttng recover` ended a session. */
  | 'session-recovered'
  /** A registry reported to a client that it could not store the change of a session. */
  | 'change-unwritten'
  /** A consumer sent a false report. */
  | 'consumer-lied'
  /** A bound stopped a process from getting more of a resource. */
  | 'bound-met'
  /** A registry refused a thread that its process does not have. */
  | 'thread-refused'
  /** A registry refused a peer that could connect but may not use it. */
  | 'stranger-refused'
  /** A process claimed the passed socket of another process at a registry. */
  | 'passed-socket-of-another'
  /** A library did not record into memory that differed from its grant. */
  | 'grant-distrusted'
  /** Programs of a user wrote one stream, one after another; one of them had been killed. */
  | 'buffers-handed-over'
  | 'handed-over-after-a-kill'
  /** A rotation has made an archive with events; a clear has removed some. */
  | 'archive-made'
  | 'trace-cleared'
  /** A trace has the offset of a clock that was set after its first event. */
  | 'metadata-regenerated'
  /** A session was saved; a saved one was loaded, and in place of another one; a load failed after it had begun. */
  | 'session-saved'
  | 'session-loaded'
  | 'session-replaced'
  | 'load-undone'
  /** A command that names no session acted on the current one; the current one was gone. */
  | 'current-used'
  | 'current-gone'
  | 'snapshot-taken'
  | 'snapshots-at-once'
  | 'snapshot-of-the-dead'
  | 'snapshot-of-the-newest'
  /** Older packets had no room in its largest size; a clear of a session came before it. */
  | 'snapshot-short'
  | 'snapshot-after-clear'
  | 'snapshot-on-crash';

export type FaultMark =
  /** The end of a recording was refused, because its events could not be written. */
  | 'end-refused'
  /** A consumer noticed that files that it had written were gone or moved. */
  | 'loss-noticed'
  /** An answer named a thread without buffers, and one that got them late. */
  | 'thread-unbuffered'
  | 'thread-served-late'
  /** A registry was killed before it served, while it ended a session, while it started or stopped one. */
  | 'registry-killed-while-starting'
  | 'registry-killed-in-destroy'
  | 'registry-killed-in-start-or-stop'
  /** A registry that served was stopped and never continued. */
  | 'registry-stopped-for-good'
  /** A consumer was killed in the middle of a write, and after a complete write before its checkpoint. */
  | 'consumer-killed-inside-a-write'
  | 'consumer-killed-before-its-checkpoint'
  /** A consumer was killed while its session was being ended. */
  | 'consumer-killed-in-destroy'
  /** A consumer was killed while it was to write metadata anew. */
  | 'consumer-killed-in-regenerate'
  /** A session was to stop while another consumer held the trace: that consumer has to write first, or to exit. */
  | 'stopped-under-another-consumer'
  /** An application was killed before it was registered. */
  | 'application-killed-while-registering'
  /** The disk accepted only a part of a consumer's write. */
  | 'disk-full-inside-a-write'
  | 'registry-short-of-descriptors'
  /** Two faults of different kinds hit the same process. */
  | 'two-faults-on-one-process'
  /** A registry and one of its consumers were both killed. */
  | 'registry-and-consumer-killed'
  | 'power-cut-while-recording'
  /** A command was killed before it had written a file of its user; its session was saved before the power failed. */
  | 'save-killed'
  | 'saved-before-power-cut';

export type NetworkMark =
  /** A relay has an event; one of its traces counts events as lost. */
  | 'event-relayed'
  | 'loss-relayed'
  /** A viewer showed events; one from now began after the first event; one followed a session to its end. */
  | 'event-viewed'
  | 'viewed-from-now'
  | 'viewed-to-the-end'
  /** A viewer missed packets that had fallen out of the memory of its relay. */
  | 'viewer-missed-packets'
  /** A viewer that showed events lost its relay. */
  | 'viewer-lost-relay'
  /** A sender lost its relay, and went on over another link. */
  | 'relay-met-again'
  /** A relay was killed while a sender was linked to it. */
  | 'relay-killed-while-storing'
  /** A relay acknowledged something that had passed others. One of those was killed while it forwarded. */
  | 'packet-forwarded'
  | 'relay-killed-while-forwarding'
  /** A relay refused what a lying sender asked for; it cut off a peer. */
  | 'relay-refused'
  | 'relay-cut-off'
  /** A sender spoke to something that only looked like a relay, and later to a relay. */
  | 'relay-lied'
  /** The events of one session are in several places, one of them at a relay. */
  | 'output-moved'
  /** A consumer gave packets up, because no datagram arrived. */
  | 'packet-given-up';
