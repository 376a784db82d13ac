import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';

/** A terminal on which these keys are typed, one after the other, when something is asked. */
export function typing(...keys: string[]) {
  const stdin = new PassThrough();
  const left = [...keys];
  const timer = setInterval(() => {
    // What is typed before a question is asked does not answer it.
    if (stdin.isPaused() || stdin.listenerCount('keypress') === 0) return;
    const key = left.shift();
    if (key !== undefined) stdin.write(key);
  }, 150).unref();
  onTestFinished(() => clearInterval(timer));
  return { stdin, terminal: { columns: 100 } };
}

export const down = '\x1b[B';
export const enter = '\r';
/** Empties the line. */
export const clearLine = '\x15';
export const ctrlC = '\x03';
