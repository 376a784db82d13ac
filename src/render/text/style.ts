import type { Invocation } from './command-line.ts';

/** How text may look on the stream it goes to. */
export interface Style {
  terminal: boolean;
  /** Cells across; undefined when piped. */
  columns: number | undefined;
  color: boolean;
  /** How its reader runs the tool; left out where that does not matter. */
  invocation?: Invocation;
}
