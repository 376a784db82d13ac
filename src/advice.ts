/** One of the tool's own commands: its words alone. Render adds the tool's name and the global flags, and quotes. */
export interface ToolCommand {
  readonly words: readonly string[];
  /** Another person is to run it, whose connection is not known here. */
  readonly byOthers: boolean;
}

/** What a person is told to do: text that may contain commands. `renderAdvice` writes it out. */
export type Advice = string | readonly (string | ToolCommand)[];

/** A command to run next. An argument to be filled in is a word in capitals: `tool('search', 'TEXT')`. */
export function tool(...words: string[]): ToolCommand {
  return { words, byOthers: false };
}

/** A command for another person to run: an ADMIN, the owner of the tables. */
export function toolOfOthers(...words: string[]): ToolCommand {
  return { words, byOthers: true };
}

/** Text with commands, or with other advice, in it: advice`see ${tool('org', 'list')}`. */
export function advice(texts: TemplateStringsArray, ...values: (Advice | ToolCommand)[]): Advice {
  const parts = texts.flatMap((text, index) => [text, ...partsOf(values[index] ?? '')]);
  const plain = parts.filter((part) => typeof part === 'string');
  return plain.length === parts.length ? plain.join('') : parts.filter((part) => part !== '');
}

function partsOf(value: Advice | ToolCommand): readonly (string | ToolCommand)[] {
  return typeof value === 'string' || 'words' in value ? [value] : value;
}
