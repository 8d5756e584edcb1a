/** What the page of a run shows, as the JSON value inside it. Times are nanoseconds since the machine started. */

/** Who has a row of a lane, from this entry on. */
export interface PageHolder {
  readonly actor: string;
  readonly from: number;
}

export interface PageLane {
  readonly pid: number;
  /** `user/program.N`. */
  readonly who: string;
  /** Of the first and the last thing told of the process. */
  readonly first: number;
  readonly last: number;
  /** Exit code or signal; undefined: it never ended. */
  readonly exit?: string;
  /** Rows of its actors: one after the other in the same row, as they end. */
  readonly rows: readonly (readonly PageHolder[])[];
}

export interface PageEntry {
  readonly time: number;
  /** Deliveries so far. */
  readonly step: number;
  /** Index of the process's lane. */
  readonly lane: number;
  readonly kind: string;
  readonly text: string;
  /** With `state`: whose, in which row of the lane, and whether it is the actor's last one. */
  readonly actor?: string;
  readonly state?: string;
  readonly row?: number;
  readonly isLast?: true;
  /** Index of the entry that this one causes in another process, or is caused by: an arrow. */
  readonly to?: number;
  readonly from?: number;
}

/** A stream's buffers from one entry on. */
export interface PageRing {
  readonly streamId: number;
  readonly dataSegment: number;
  readonly subbufferBytes: number;
  readonly subbufferCount: number;
  readonly overwrite: boolean;
  readonly opened: number;
  readonly consumed: number;
  readonly consumedBytes: number;
  readonly discarded: number;
  readonly slots: readonly { readonly sequence: number; readonly committed: number }[];
}

/** Something that was done to the machine or to one of its processes, for a while. */
export interface PageBand {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Undefined: all lanes. */
  readonly lane?: number;
}

export interface PageData {
  readonly title: string;
  readonly command: string;
  /** What is known about the run: names and values. */
  readonly facts: readonly (readonly [string, string])[];
  readonly findings: readonly { readonly oracle: string; readonly text: string }[];
  readonly lanes: readonly PageLane[];
  readonly entries: readonly PageEntry[];
  /** In the order of entries: what the buffers hold from this entry on. */
  readonly memory: readonly { readonly entry: number; readonly rings: readonly PageRing[] }[];
  readonly bands: readonly PageBand[];
  /** Sentences about what is not in here. */
  readonly leftOut: readonly string[];
}
