/** A table that is written row by row into a sink, which has it whole or not at all. */
export interface TableWriter {
  /** Throws at once where nothing can be written. */
  open(): Promise<void>;
  /** Takes in a row; returns the first cell that the file cannot hold, and what of it. */
  add(cells: readonly string[]): UnfitCell | undefined;
  /** Passes on what was taken in. False when the reader has gone. */
  flush(): Promise<boolean>;
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

export interface UnfitCell {
  index: number;
  /** What the encoding of the file lacks. */
  character: string;
}
