import { Failure } from '../../errors.ts';
import type { Context } from '../../context.ts';
import type { CustomerMatch } from '../../model/customer-search.ts';
import { renderChoice } from '../../render/customer-search.ts';
import { cutToWidth } from '../../render/text/text-width.ts';

/** The typed text, and the id of the selected customer: where a search continues. */
export interface LiveSearch {
  text: string;
  chosen: string | undefined;
}

/**
 * Asks for a text and shows the results while it is typed. Enter selects a customer; returns false for
 * Escape. It starts from `state` and updates it.
 */
export async function promptForCustomer(
  context: Context,
  state: LiveSearch,
  find: (text: string) => Promise<CustomerMatch[]>,
): Promise<boolean> {
  const { io } = context;
  const { search } = await import('@inquirer/prompts');
  const left = new AbortController();
  const onKey = (_text: string, key?: { name?: string }) => {
    if (key?.name === 'escape') left.abort();
  };
  io.stdin.on('keypress', onKey);
  // One connection answers one question at a time; of those that wait, only the latest is worth asking.
  let answering: Promise<unknown> = Promise.resolve();
  try {
    state.chosen = await search<string>(
      {
        message: 'Customer:',
        initialValue: state.text,
        ...(state.chosen === undefined ? {} : { default: state.chosen }),
        pageSize: 10,
        theme: { style: { keysHelpTip: () => '↑↓ select · Enter to show · Esc to quit' } },
        source: async (text, { signal }) => {
          state.text = text ?? '';
          if (text === undefined || text.trim() === '') return [];
          await answering;
          if (signal.aborted) return [];
          const asked = find(text);
          answering = asked.catch(() => {});
          const width = (context.style('stdout').columns ?? 80) - 3;
          return (await asked).map((customer) => ({
            value: customer.id,
            name: cutToWidth(renderChoice(customer), width),
          }));
        },
      },
      { ...context.promptStreams(), signal: AbortSignal.any([left.signal, io.signal]) },
    );
    return true;
  } catch (cause) {
    if (left.signal.aborted) return false;
    // To a prompt, Ctrl-C is a key, not a signal.
    throw io.signal.reason instanceof Failure
      ? io.signal.reason
      : new Failure('interrupted', 'interrupted', { cause });
  } finally {
    io.stdin.off('keypress', onKey);
    await answering;
  }
}
