import type { Invocation } from './command-line.ts';

/** How text may look on its stream. */
export interface Style {
  terminal: boolean;
  /** Cells per line; undefined when piped. */
  columns: number | undefined;
  color: boolean;
  /** How its reader runs the tool; omitted where that does not matter. */
  invocation?: Invocation;
}
