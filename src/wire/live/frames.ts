/** The frames of what a viewer sends. */
import { CommandParser } from '../lttng/command-frames.ts';
import { LIVE_REQUEST_BYTES_MAX } from './limits.ts';

export class ViewerParser extends CommandParser {
  constructor() {
    super({
      what: 'viewer message',
      headerBytes: 16,
      lengthAt: 0,
      commandAt: 8,
      payloadBytesMax: LIVE_REQUEST_BYTES_MAX,
    });
  }
}
