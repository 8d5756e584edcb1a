/** What is told of a run: one value per thing that happened, for logs, pages and traces. */
import type { LogLevel } from '../../src/port/log.ts';

/** What a process did, or what was done to it. Texts are for people. */
export type Told =
  /** `key` is the same for the message that is sent and received; `peer` is unknown when nobody asked who it is. */
  | {
      readonly kind: 'send' | 'receive';
      readonly peer: number | undefined;
      readonly key: string;
      readonly text: string;
    }
  /** `isLast`: the actor has ended; `gone` is one that another stopped, in whatever state it was. */
  | {
      readonly kind: 'state';
      readonly actor: string;
      readonly state: string;
      readonly isLast?: true;
    }
  /** Something done to the machine: files, memory, pipes, processes. */
  | { readonly kind: 'act'; readonly text: string }
  | { readonly kind: 'start'; readonly text: string; readonly child: number | undefined }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  /** What the machine delivered into the process. */
  | { readonly kind: 'deliver'; readonly what: string; readonly text: string }
  /** Something that goes wrong, for the process or, as process 0, for the machine. */
  | { readonly kind: 'fault'; readonly text: string }
  /** `exit`: its code, or the signal that ended it. */
  | { readonly kind: 'end'; readonly exit: string };

export type Entry = Told & {
  /** Deliveries so far. */
  readonly step: number;
  /** Nanoseconds since the machine started. */
  readonly time: number;
  readonly pid: number;
  /** `user/program.N`; the same in every run of a seed. */
  readonly who: string;
};

/** What is told, as a line after who it is about. */
export function toldText(told: Told): string {
  switch (told.kind) {
    case 'send':
      return `-> ${told.peer ?? 'the registry'}: ${told.text}`;
    case 'receive':
      return `<- ${told.peer ?? 'the registry'}: ${told.text}`;
    case 'state':
      return `${told.actor} is ${told.state}`;
    case 'act':
    case 'start':
      return told.text;
    case 'log':
      return `${told.level}: ${told.text}`;
    case 'deliver':
      return `< ${told.what} ${told.text}`;
    case 'fault':
      return `fault: ${told.text}`;
    case 'end':
      return `ends: ${told.exit}`;
  }
}

/** Whether `--log` shows it: what was sent is told once, and deliveries are for `--calls`. */
export function isLogged({ kind }: Told): boolean {
  return kind !== 'receive' && kind !== 'deliver';
}
