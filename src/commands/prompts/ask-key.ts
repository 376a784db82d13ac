import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Failure } from '../../errors.ts';
import type { Context } from '../../context.ts';
import { paint } from '../../render/text/paint.ts';

const shown: Record<string, string> = { backspace: '⌫', escape: 'Esc' };

/**
 * Reads one key of several, which are listed with their meaning: `e edit · Esc quit`. No Enter is needed. The
 * end of the input counts as the last of them.
 */
export async function askKey<Key extends string>(
  context: Context,
  keys: Readonly<Record<Key, string>>,
): Promise<Key> {
  const { input, output, signal } = context.promptStreams();
  const names = Object.keys(keys) as Key[];
  const { bold, dim } = paint(context.style('stderr'));
  const line = names.map((name) => `${bold(shown[name] ?? name)} ${dim(keys[name])}`).join(dim(' · '));
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Translates what a terminal sends into keys.
  const reader = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await new Promise<Key>((resolve, reject) => {
      input.on('keypress', onKey);
      reader.on('SIGINT', () => reject(new Failure('interrupted', 'interrupted')));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      reader.on('close', () => {
        input.off('keypress', onKey);
        resolve(names.at(-1) as Key);
      });
      // Only once keys are read: until then the terminal itself handles a backspace.
      output.write(`\n${line}`);
      function onKey(
        _text: string | undefined,
        key: { name?: string; ctrl?: boolean; meta?: boolean },
      ): void {
        const name = names.find((each) => each === key.name);
        // The Escape key counts as pressed together with itself.
        const isPlain = key.ctrl !== true && (key.meta !== true || name === 'escape');
        if (name !== undefined && isPlain) resolve(name);
      }
    });
  } finally {
    reader.close();
    output.write('\r\x1b[K');
  }
}
