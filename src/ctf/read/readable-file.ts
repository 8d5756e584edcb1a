/** What readers of a trace need of a file: one on a disk, or bytes that came over a network. */
import type { OpenFile } from '../../port/files.ts';

export type ReadableFile = Pick<OpenFile, 'read' | 'byteLength' | 'close'>;
