import type { Advice } from '../advice.ts';

/** What `doctor` found in one check. `exitCode` is that of the first command that fails because of it. */
export type Check =
  | { name: string; status: 'ok'; message: string }
  | { name: string; status: 'warning'; message: string; remedy: Advice }
  | { name: string; status: 'failure'; message: string; remedy: Advice; exitCode: 7 | 8 | 13 };
