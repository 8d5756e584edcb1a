/** Mutants of buffers that the threads of a user write one after another (R1.27). */
import { mutantsOf } from './mutant.ts';

export const SHARED_MUTANTS = [
  ...mutantsOf('actors/sessiond/session/shared', [
    [
      'a stream is given on while its writer lives',
      'R1.27',
      ['stream.isFree === true &&', 'stream.memory !== undefined && !stream.isRetired &&'],
    ],
    [
      'a stream is given to a thread of another user',
      'R1.27',
      ['stream.app.uid === uid &&\n        stream.app.gid === gid', 'true'],
    ],
    [
      'the consumer leaves a stream that has a next thread',
      'R1.27',
      ['stream.ended && (!isShared(context, stream) || stream.isRetired === true)', 'stream.ended'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/streams', [
    ['a stream is never given on', 'R1.27', ['{ isFree: true }', '{}']],
    [
      'a thread writes a stream before the record names it',
      'R1.27',
      ['app, ended: false, isUnrecorded: true }', 'app, ended: false }'],
    ],
  ]),
  ...mutantsOf('src/tracer/tracer', [
    [
      'the next thread of a stream gives its classes the ids of earlier ones',
      'R1.27',
      ['nextClassId: records.value.length }', 'nextClassId: 0 }'],
    ],
  ]),
  ...mutantsOf('src/ring/writer', [
    [
      'the next thread of a stream writes over the last sub-buffer',
      'R1.27',
      ['this.#useSubbuffer(committed);', 'this.#useSubbuffer(0);'],
    ],
  ]),
  ...mutantsOf('src/recorder/trace-beginning', [
    ['users share a trace', 'R1.27', ['return a.sharedBy === b.sharedBy;', 'return true;']],
  ]),
  ...mutantsOf('src/recorder/process-trace', [
    [
      'a consumer takes a trace that began after a rotation for its own',
      'R1.27',
      ['environment[TRACE_KEY] === keyText(this.key)', 'true'],
    ],
  ]),
  ...mutantsOf('src/recorder/file-sink', [
    [
      'a consumer appends to files that a rotation has moved',
      'rotation',
      ['!this.#moved.has(key) &&', 'true &&'],
    ],
  ]),
];
