/** Mutants of the data path: buffers, recorder, tracer. */
import { mutantsOf } from './mutant.ts';

const WRITER = mutantsOf('src/ring/writer', [
  [
    'discarded events are not counted',
    'R1.8',
    ['this.#doubles[OFFSET_DISCARDED / 8] = this.discarded + count;', ''],
  ],
  [
    'both tallies go into one place',
    'ring buffer',
    ['time + TO_TALLIES + ((events & 1) << 1)', 'time + TO_TALLIES'],
  ],
  [
    'a finished sub-buffer does not say what was discarded',
    'R1.8',
    ['doubles[(old + DESCRIPTOR_DISCARDED_AT_CLOSE) / 8] = this.discarded;', ''],
  ],
  [
    'an unread sub-buffer is written over in discard mode',
    'R1.8',
    ['if (!this.#mayOpen())', 'if (false)'],
  ],
  [
    'a reused slot keeps its committed bytes',
    'ring buffer',
    ['Atomics.store(words, (line + DESCRIPTOR_COMMITTED) / 4, 0);', ''],
  ],
  [
    'a slot that is being reused keeps its sequence',
    'ring buffer',
    ['Atomics.store(words, (line + DESCRIPTOR_SEQUENCE) / 4, 0);', ''],
  ],
  ['a finished sub-buffer is not announced', 'R1.21', ['this.#onSwitch?.();', ';']],
  [
    'a long pause does not make an extended header',
    'CTF 4.1.6',
    ['(low - this.#previousLow) >>> 0 >= SPAN_NS ||', ''],
    ['if ((low - this.#previousLow) >>> 0 >= COMPACT_SPAN_NS)', 'if (false)'],
  ],
  [
    'an event larger than a sub-buffer is written',
    'ring buffer',
    ['if (fresh > this.shape.subbufferBytes)', 'if (false)'],
  ],
  [
    'a sub-buffer has no room for the longest header',
    'ring buffer',
    ['this.shape.subbufferBytes - EXTENDED_HEADER_BYTES;', 'this.shape.subbufferBytes;'],
  ],
]);

const READER = mutantsOf('src/ring/reader', [
  [
    'the sequence of a slot is not checked',
    'ring buffer',
    [
      'return this.#data.loadU32(line + DESCRIPTOR_SEQUENCE) === (generation + 1) >>> 0;',
      'return true;',
    ],
  ],
  ['a body that may be overwritten is not copied', 'ring buffer', ['body = body.slice();', '']],
  ['overwritten sub-buffers are not counted', 'R1.8', ['this.#lostSubbuffers += subbuffers;', '']],
  [
    'discarded events are reported twice',
    'R1.8',
    [
      'discardedTotal: atLeast(extent.discarded, this.#progress.discarded),',
      'discardedTotal: extent.discarded + this.#progress.discarded,',
    ],
  ],
  [
    'the begin of a packet goes back in time',
    'CTF 5',
    ['bytes > 0 ? timestamp : later(first, timestamp)', 'first'],
  ],
  [
    'an impossible number of open sub-buffers is believed',
    'R1.25',
    ['if (distance <= count)', 'if (true)'],
  ],
  [
    'a class log longer than the segment is believed',
    'R1.25',
    ['if (committed > CLASS_LOG_BYTES)', 'if (false)'],
  ],
]);

const DESCRIPTOR = mutantsOf('src/ring/descriptor', [
  [
    'a tally that belongs to another position is believed',
    'ring buffer',
    ['if (data.loadU32(tally + 4) === committed)', 'if (true)'],
  ],
]);

const PROGRESS = mutantsOf('src/ring/progress', [
  [
    'a note that belongs to another position is believed',
    'R1.25',
    [
      'this.checkpoints().findLast((checkpoint) => this.#isThere(checkpoint))',
      'this.checkpoints()[0]',
    ],
  ],
  [
    'a packet of counters is believed before it is stored',
    'R1.8',
    ['this.checkpoints().findLast((checkpoint)', 'this.checkpoints().find((checkpoint)'],
  ],
  [
    'counters that are stored are reported again',
    'R1.8',
    ['if (own !== undefined)\n            this.announce(own.checkpoint);', ''],
  ],
]);

const RECORDER = mutantsOf('src/recorder/stream-recorder', [
  [
    'a packet is passed before it is written',
    'R1.8',
    ["            this.#reader.done(packet, recorded.value === 'stored');", ''],
    [
      'const recorded = this.#record(packet, this.#output);',
      'this.#reader.done(packet); const recorded = this.#record(packet, this.#output);',
    ],
  ],
  [
    'a packet is written twice',
    'R1.8',
    [
      'const end = output.prepare(next);',
      'next.push(...next.slice(-1)); const end = output.prepare(next);',
    ],
  ],
  [
    'a class is declared after the packet that uses it',
    'R1.22',
    [
      'this.#undeclared += eventMetadata(streamId, eventClass.value, kind);',
      "this.late = (this.late ?? '') + eventMetadata(streamId, eventClass.value, kind);",
    ],
    [
      'return output.append(next);',
      'const appended = output.append(next); ' +
        "if (this.late) { output.declare(this.late); this.late = ''; } return appended;",
    ],
  ],
  ['a stream has no opening packet', 'R1.8', ['packets === 0 ?', 'false ?']],
  ['lost sub-buffers leave no gap in the numbers', 'R1.8', [' + packet.lostSubbuffers', '']],
  [
    'packets do not say what was discarded',
    'R1.8',
    ['eventsDiscarded: discardedTotal }', 'eventsDiscarded: 0 }'],
  ],
  [
    'declarations that did not fit are forgotten',
    'R1.22',
    [
      'const appended = output.declare(this.#undeclared);',
      "const appended = output.declare(this.#undeclared); this.#undeclared = '';",
    ],
  ],
]);

const APPENDER = mutantsOf('src/recorder/appender', [
  [
    'a torn write is not taken back',
    'R1.22',
    ['const cut = this.#file.truncate(this.#byteLength);', 'const cut = ok(undefined);'],
  ],
  [
    'a short write is taken for a whole one',
    'R1.22',
    ['rest = without(rest, taken.value);', 'rest = [];'],
  ],
]);

const PROCESS_TRACE = mutantsOf('src/recorder/process-trace', [
  [
    'the key of a trace names no output',
    'R1.22',
    ['if (key !== traceKey(site, seconds, attempt))', 'if (false)'],
  ],
  [
    'all users can read trace files',
    'R1.20',
    ['const TRACE_FILE_MODE = 0o600;', 'const TRACE_FILE_MODE = 0o644;'],
  ],
  [
    'two processes of one name and id share a directory',
    'R1.22',
    ['!world.files.info(directory).ok', 'true'],
  ],
]);

const TRACE_BEGINNING = mutantsOf('src/recorder/trace-beginning', [
  [
    'a process with the id of a dead one continues its trace',
    'R1.22',
    ['a.startedAt === b.startedAt', 'true'],
  ],
  ['a trace does not name its session by UUID', 'R1.22', ['[SESSION_UUID]: session.uuid,', '']],
]);

const CONSUMER = mutantsOf('src/recorder/stream-consumer', [
  [
    'the switch timer leaves the begun sub-buffers',
    'R1.19',
    ['this.#drain(stream, switches)', 'this.#drain(stream, false)'],
  ],
  [
    'an ended stream is released before it is drained',
    'R1.19',
    ['if (!isDone || !stream.isEnded)', 'if (!stream.isEnded)'],
  ],
  [
    'a consumer takes a segment for an earlier one with its number',
    'R1.19',
    [
      'this.#streams.has(segmentKey(stream.dataSegment))',
      '[...this.#streams.values()].some((o) => o.recorder.stream.dataSegment.id === stream.dataSegment.id)',
    ],
  ],
  [
    'what did not fit is not tried again',
    'R1.22',
    ['setTimer(RETRY_MS, () => this.#tryAgain())', 'setTimer(1e9, () => this.#tryAgain())'],
  ],
  [
    'the end does not wait for room',
    'R1.22',
    ['!isDone && this.#mayYetWrite() && this.#closeAttempts < CLOSE_RETRIES_MAX', 'false'],
  ],
  ['the end of closing is not told', 'R1.19', ['this.#outcomes.closed(outcome);', '']],
  ['a flush is not answered', 'R1.19', ['this.#outcomes.flushed(token, outcome);', '']],
  [
    'a flush hides that the disk is full',
    'R1.19',
    ['this.#outcomes.flushed(token, outcome);', 'this.#outcomes.flushed(token, {});'],
  ],
  [
    'a flush is answered while another consumer holds the trace',
    'R1.19',
    ['isHeld(stream) || isAwaited(stream)', 'isAwaited(stream)'],
  ],
  [
    'the last look at an ended stream leaves the begun sub-buffer',
    'R1.19',
    ['flush || stream.isEnded', 'flush && !stream.isEnded'],
  ],
  [
    'closing leaves the begun sub-buffers',
    'R1.19',
    [
      "isDone = this.#write(stream, true, 'now') && isDone;",
      "isDone = this.#write(stream, false, 'now') && isDone;",
    ],
  ],
  [
    'an ended stream that was stuck is never released',
    'R1.22',
    ['if (!isDone || !stream.isEnded)', 'if (!isDone || !stream.isEnded || !flush)'],
  ],
]);

const WAKE_UPS = mutantsOf('src/recorder/wake-ups', [
  [
    'a shared wake-up pipe is closed with the first stream',
    'R1.21',
    ['known.streams.add(stream);', ''],
  ],
  [
    'a wake-up is for the streams of the other pipes',
    'R1.21',
    [
      'for (const woken of streams)',
      'for (const woken of [...this.#pipes.values()].flatMap((pipe) => [...pipe.streams])' +
        '.filter((other) => !streams.has(other)))',
    ],
  ],
]);

const STREAMS = mutantsOf('src/tracer/attached-streams', [
  [
    'a stream that is not wanted any more is kept',
    'R1.18',
    ['if (stream.scope === scope && !wanted.has(key))', 'if (false)'],
  ],
  [
    'streams of the other registry are detached',
    'R1.10',
    ['if (stream.scope === scope && !wanted.has(key))', 'if (!wanted.has(key))'],
  ],
  [
    'memory that was removed is recorded into',
    'R1.7',
    ["return !info.ok && info.error.code === 'EIDRM';", 'return false;'],
  ],
  [
    'a segment is not compared with its grant',
    'R1.25',
    [
      'const isAsGranted = shape.ok && isSameShape(memory, shape.value);',
      'const isAsGranted = true;',
    ],
  ],
  [
    'changed rules of a stream are ignored',
    'R2.8',
    ['if (stream.rulesText === rulesText)', 'if (true)'],
  ],
]);

const TEXT = mutantsOf('src/tracer/text', [
  [
    'a text ends at its first NUL',
    'CTF 1.8, 4.2.5',
    ["text.replaceAll('\\0', NUL_SYMBOL)", "text.slice(0, text.indexOf('\\0'))"],
  ],
]);

const TRACER = mutantsOf('src/effects/tracer', [
  [
    'a session that is not active records',
    'R1.18',
    ['const rules = active ? all : [];', 'const rules = all;'],
  ],
  [
    'a state is confirmed and not applied',
    'R1.18',
    ['streams.apply(scope, wantedStreams(state));', ''],
  ],
  ['a new registry is not told the tracepoints', 'R1.16', ['announced.delete(effect.scope);', '']],
]);

const GLOB = mutantsOf('src/base/glob', [
  ['a pattern matches by its beginning alone', 'R2.8', ['|| !text.endsWith(last)', '']],
  [
    'a pattern without a star matches prefixes',
    'R2.8',
    ['return text === first;', 'return text.startsWith(first);'],
  ],
]);

export const BUFFERS = [
  ...WRITER,
  ...READER,
  ...DESCRIPTOR,
  ...PROGRESS,
  ...RECORDER,
  ...APPENDER,
  ...PROCESS_TRACE,
  ...TRACE_BEGINNING,
  ...CONSUMER,
  ...WAKE_UPS,
  ...STREAMS,
  ...TEXT,
  ...TRACER,
  ...GLOB,
];
