import * as z from 'zod';
import { Failure } from '../errors.ts';
import { parseBoolean } from './boolean.ts';
import type { Problem } from './problem.ts';
import { describeProblem, problem } from './problem.ts';

interface Rule {
  missing?: Problem;
  parse: (text: string) => string | Problem;
}

/** A text that has to be there, by the field's own rule; null and blank are the rule's `missing`. */
export function requiredText(rule: Rule & { missing: Problem }) {
  return z
    .string()
    .nullable()
    .transform((text, context) => judged(rule, text ?? '', context));
}

/** A text that may be blank, by the field's own rule; null and blank are null. */
export function optionalText(rule: Rule) {
  return z
    .string()
    .nullable()
    .transform((text, context) => judged(rule, text ?? '', context) || null);
}

/** True or false, or one of the words for it that the field takes. */
export function yesOrNo(parse: Rule['parse'] = parseBoolean) {
  const missing = problem('invalid_boolean', '"" is neither true nor false');
  return z
    .union([z.boolean(), z.string()])
    .transform((value, context) => judged({ missing, parse }, String(value), context) === 'true');
}

function judged(rule: Rule, text: string, context: z.RefinementCtx): string {
  const value = rule.parse(text);
  const found = value === '' ? rule.missing : value;
  if (found === undefined || typeof found === 'string') return found ?? '';
  addProblem(context, found);
  return z.NEVER;
}

/** Reports what is wrong with an input, or with the part of it that `path` leads to. */
export function addProblem(context: z.RefinementCtx, found: Problem, path: string[] = []): void {
  context.addIssue({ code: 'custom', message: found.message, params: { problem: found }, path });
}

export interface FieldProblem {
  field: string;
  problem: Problem;
}

/** What is wrong with an input, field by field; a part of an address is named as the file's column is. */
export function problemsOf(error: z.ZodError): FieldProblem[] {
  return error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return { field: issue.keys.join(', '), problem: problem('invalid_value', 'no such field') };
    }
    const field = issue.path.join('_').replace('_address_', '_');
    return { field, problem: problemIn(issue) ?? problem('invalid_value', issue.message) };
  });
}

function problemIn(issue: z.core.$ZodIssue): Problem | undefined {
  // Only `addProblem` makes custom issues.
  return issue.code === 'custom' ? issue.params?.['problem'] : undefined;
}

/** The input normalised, or a `Failure` that lists everything that is wrong with it, one line a field. */
export function requireValid<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidValue(problemsOf(result.error));
}

/** The `Failure` that lists these problems, of which there is at least one. */
export function invalidValue(problems: FieldProblem[]): Failure {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) {
    const { code, message, hint } = first.problem;
    return new Failure('invalid_value', describeProblem(first.field, { code, message }), { hint });
  }
  return new Failure(
    'invalid_value',
    problems.map((one) => describeProblem(one.field, one.problem)).join('\n'),
  );
}
