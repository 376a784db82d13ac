import { Chalk, type ChalkInstance } from 'chalk';
import type { Style } from './style.ts';

const plain = new Chalk({ level: 0 });
/** The sixteen colours of the terminal's own theme: readable on light and dark. */
const colored = new Chalk({ level: 1 });

/** Colours for a stream, or none. */
export function paint(style: Style): ChalkInstance {
  return style.color ? colored : plain;
}
