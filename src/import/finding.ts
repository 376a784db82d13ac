import type { Problem } from '../model/problem.ts';

/** An error or a warning about one row. */
export interface Finding {
  column: string | null;
  value: string | null;
  problem: Omit<Problem, 'code'> & { code: string };
}

export interface Judgement {
  errors: Finding[];
  warnings: Finding[];
}
