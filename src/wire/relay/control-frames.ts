/** The frames of a control connection. */
import { CommandParser } from '../lttng/command-frames.ts';
import { CONTROL_PAYLOAD_BYTES_MAX } from './limits.ts';

export class ControlParser extends CommandParser {
  constructor() {
    super({
      what: 'control message',
      headerBytes: 24,
      lengthAt: 8,
      commandAt: 16,
      payloadBytesMax: CONTROL_PAYLOAD_BYTES_MAX,
    });
  }
}
