/**
 * One of the tool's own commands, as its words. Render adds the tool's name and the global flags, and quotes.
 */
export interface ToolCommand {
  readonly words: readonly string[];
  /** True if another person runs it, with a connection that is unknown here. */
  readonly byOthers: boolean;
}

/** What to do next: text that may contain commands. `renderAdvice` writes it out. */
export type Advice = string | readonly (string | ToolCommand)[];

/** A command to run next. A word in capitals is a placeholder for an argument: `tool('search', 'TEXT')`. */
export function tool(...words: string[]): ToolCommand {
  return { words, byOthers: false };
}

/** A command that another person must run: an ADMIN, or the owner of the tables. */
export function toolOfOthers(...words: string[]): ToolCommand {
  return { words, byOthers: true };
}

/** Text that contains commands or other advice: advice`see ${tool('org', 'list')}`. */
export function advice(texts: TemplateStringsArray, ...values: (Advice | ToolCommand)[]): Advice {
  const parts = texts.flatMap((text, index) => [text, ...partsOf(values[index] ?? '')]);
  const plain = parts.filter((part) => typeof part === 'string');
  return plain.length === parts.length ? plain.join('') : parts.filter((part) => part !== '');
}

function partsOf(value: Advice | ToolCommand): readonly (string | ToolCommand)[] {
  return typeof value === 'string' || 'words' in value ? [value] : value;
}
