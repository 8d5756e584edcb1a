/**
 * The conformance suite of the World port. The same scripts run on the real and on the simulated World, so that the
 * simulator's primitives behave as the operating system's do.
 */
import { basicScripts } from './scripts/basics.ts';
import { fileErrorScripts } from './scripts/file-errors.ts';
import { fileScripts } from './scripts/files.ts';
import { heldDirectoryScripts } from './scripts/held-directories.ts';
import { kernelScripts } from './scripts/kernel.ts';
import { kernelPagesScripts } from './scripts/kernel-pages.ts';
import { memoryScripts } from './scripts/memory.ts';
import { networkScripts } from './scripts/network.ts';
import { passageScripts } from './scripts/passages.ts';
import { passedSocketScripts } from './scripts/passed-sockets.ts';
import { pipeScripts } from './scripts/pipes.ts';
import { processScripts } from './scripts/processes.ts';
import { tcpScripts } from './scripts/tcp.ts';
import { udpScripts } from './scripts/udp.ts';
import { unixScripts } from './scripts/unix.ts';
import { unixUserScripts } from './scripts/unix-users.ts';
import type { ConformanceScript } from './stage.ts';

export const scripts: readonly ConformanceScript[] = [
  ...basicScripts,
  ...fileScripts,
  ...heldDirectoryScripts,
  ...fileErrorScripts,
  ...memoryScripts,
  ...pipeScripts,
  ...unixScripts,
  ...unixUserScripts,
  ...passedSocketScripts,
  ...networkScripts,
  ...tcpScripts,
  ...udpScripts,
  ...passageScripts,
  ...processScripts,
  ...kernelScripts,
  ...kernelPagesScripts,
];
