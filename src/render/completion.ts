import { printable } from '../model/printable.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The candidates for a word. `files` leaves it to the shell, which completes files better. */
export type Candidates = 'files' | { value: string; description: string }[];

/** Each shell's script only calls `__complete`, so it stays valid when commands change. */
export const completionScripts: Record<Shell, string> = {
  bash: `# Completion of orderflow-customers for bash. In ~/.bashrc: eval "$(orderflow-customers completion bash)"
_orderflow_customers() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
    else
      COMPREPLY+=("$line")
    fi
  done < <(orderflow-customers __complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ $kind != :files ]] || compopt -o default 2>/dev/null
}
complete -F _orderflow_customers orderflow-customers
`,
  zsh: `#compdef orderflow-customers
# Completion of orderflow-customers for zsh. In ~/.zshrc: eval "$(orderflow-customers completion zsh)"
_orderflow_customers() {
  local line kind value
  local -a values shown
  for line in "\${(@f)$(orderflow-customers __complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ -z $kind ]]; then
      kind=$line
      continue
    fi
    value=\${line%%$'\\t'*}
    values+=("$value")
    if [[ $line == *$'\\t'?* ]]; then
      shown+=("$value  -- \${line#*$'\\t'}")
    else
      shown+=("$value")
    fi
  done
  if [[ $kind == :files ]]; then
    _files
  elif (( \${#values} )); then
    compadd -l -d shown -a values
  fi
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then
  _orderflow_customers "$@"
else
  (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit; }
  compdef _orderflow_customers orderflow-customers
fi
`,
  fish: `# Completion of orderflow-customers for fish. In ~/.config/fish/config.fish: orderflow-customers completion fish | source
function __orderflow_customers_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l lines (orderflow-customers __complete fish -- $words (commandline -ct) 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path (commandline -ct)
        return
    end
    set -e lines[1]
    for line in $lines
        echo $line
    end
end
complete -c orderflow-customers -f -a '(__orderflow_customers_complete)'
`,
};

/** The word as the shell would read it: without quotes and backslashes. `open` is the unclosed quote. */
export function unquoted(word: string): { text: string; open: '' | '"' | "'" } {
  let text = '';
  let open: '' | '"' | "'" = '';
  for (let at = 0; at < word.length; at++) {
    const character = word.charAt(at);
    if (character === '\\' && open !== "'" && (open === '' || /["\\$`]/.test(word.charAt(at + 1)))) {
      text += word.charAt(++at);
    } else if (open === '' && (character === '"' || character === "'")) {
      open = character;
    } else if (character === open) {
      open = '';
    } else {
      text += character;
    }
  }
  return { text, open };
}

/**
 * What `__complete` prints: a line that shows whether files are candidates, then each candidate, with a
 * description if the shell shows one. Candidates that cannot be typed, or would move the cursor, are omitted.
 *
 * For bash, `typed` has the open quote and how much of the word bash has already cut off.
 */
export function renderCandidates(
  candidates: Candidates,
  shell: Shell,
  { open, cut }: { open: '' | '"' | "'"; cut: number },
): string {
  if (candidates === 'files') return ':files\n';
  const lines = candidates
    .filter(({ value }) => value !== '' && printable(value) === value)
    .filter(({ value }) => shell !== 'bash' || open !== "'" || !value.includes("'"))
    .map(({ value, description }) => {
      if (shell === 'bash') return quotedForBash(value.slice(cut), open);
      return description === '' ? value : `${value}\t${printable(description).slice(0, 60)}`;
    });
  return [':words', ...lines, ''].join('\n');
}

/**
 * zsh and fish quote by themselves; bash inserts the word unchanged, so a customer's number could be run as a
 * command.
 */
function quotedForBash(value: string, open: '' | '"' | "'"): string {
  if (open === "'") return value;
  if (open === '"') return value.replaceAll(/["\\$`!]/g, String.raw`\$&`);
  return value.replaceAll(/[^\p{L}\p{M}\p{N}_@%+=:,./-]/gu, String.raw`\$&`);
}
