/**
 * The shells: the script that each loads, and the form in which it passes a command line and takes words. A script asks
 * `lttng __complete -- SHELL …`, whose first line says of what kind the words are: `values`, which follow (for zsh and
 * fish a line of description after each), or what the shell itself completes. Names come from programs, so no shell
 * evaluates them.
 */
import { usageFailure } from '../failure.ts';
import { SHELLS } from '../table/information.ts';
import type { Candidate } from './choice.ts';

type Shell = (typeof SHELLS)[number];

/** Throws a usage failure for another one. */
export function shellNamed(name: string): Shell {
  const shell = SHELLS.find((one) => one === name);
  if (shell !== undefined) return shell;
  throw usageFailure(`Name one of the shells ${SHELLS.join(', ')}, not "${name}"`);
}

export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of lttng for bash: eval "$(lttng completion bash)"
_lttng() {
  local lines
  mapfile -t lines < <("$1" __complete -- bash "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  COMPREPLY=()
  case \${lines[0]} in
    values) COMPREPLY=("\${lines[@]:1}") ;;
    files) compopt -o default ;;
    directories) compopt -o dirnames ;;
    programs)
      compopt -o default
      mapfile -t COMPREPLY < <(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}")
      ;;
  esac
}
complete -F _lttng lttng`,
  zsh: `#compdef lttng
# Completion of lttng for zsh: source <(lttng completion zsh), after compinit
_lttng() {
  local value description
  local -a lines values shown
  lines=("\${(@f)$("\${(Q)words[1]}" __complete -- zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $lines[1] in
    values)
      for value description in "\${(@)lines[2,-1]}"; do
        values+=("$value")
        shown+=("$value\${description:+  -- $description}")
      done
      compadd -l -d shown -a values
      ;;
    files) _files ;;
    directories) _files -/ ;;
    programs) _command_names -e ;;
  esac
}
compdef _lttng lttng`,
  fish: `# Completion of lttng for fish: lttng completion fish | source
function __lttng_complete
    set -l words (commandline -opc)
    set -l word (string replace -r '^["\\']' '' -- (commandline -ct))
    set -l lines ($words[1] __complete -- fish $words[2..-1] "$word" 2>/dev/null)
    switch "$lines[1]"
        case values
            for at in (seq 2 2 (count $lines))
                printf '%s\\t%s\\n' $lines[$at] $lines[(math $at + 1)]
            end
        case files
            __fish_complete_path "$word"
        case directories
            __fish_complete_directories "$word"
        case programs
            __fish_complete_command
    end
end
complete -c lttng -f -a '(__lttng_complete)'`,
};

export interface Typed {
  /** The words between `lttng` and {@link word}. */
  readonly before: readonly string[];
  /** What is completed. */
  readonly word: string;
  /** In bash: the quote that is open, or none. */
  readonly quote?: string;
}

/** The command line, as the script of the shell passes it: bash the text before the cursor, others the words. */
export function typedIn(shell: Shell, words: readonly string[]): Typed {
  if (shell === 'bash') return typedInBash(words[0] ?? '');
  return { before: words.slice(0, -1), word: words.at(-1) ?? '' };
}

/** A word of a line: quotes and backslashes as bash reads them; a quote may be open at the end. */
const WORD = /(?:[^\s'"\\]|\\[^]|\\$|'[^']*(?:'|$)|"(?:[^"\\]|\\[^]|\\$)*(?:"|$))+/g;
const PART = /\\([^]?)|'([^']*)(?:'|$)|"((?:[^"\\]|\\[^])*)(?:"|$)|([^\\'"]+)/g;

function typedInBash(line: string): Typed {
  const found = [...line.matchAll(WORD)];
  const last = found.at(-1);
  const isOpen = last !== undefined && last.index + last[0].length === line.length;
  const raw = isOpen ? last[0] : '';
  const before = found.slice(1, isOpen ? -1 : undefined).map(([word]) => unquoted(word));
  const open = raw.replace(/\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*"/g, '');
  return { before, word: unquoted(raw), quote: /['"]/.exec(open)?.[0] ?? '' };
}

function unquoted(word: string): string {
  return word.replace(PART, (_, escaped?: string, single?: string, double?: string, plain = '') =>
    String(escaped ?? single ?? double?.replace(/\\(["\\$\x60])/g, '$1') ?? plain),
  );
}

/** The lines for the shell. */
export function linesFor(candidates: readonly Candidate[], { word, quote }: Typed): string[] {
  if (quote === undefined) {
    return candidates.flatMap(({ value, description }) => [value, description]);
  }
  return candidates.map(({ value }) => bashWord(value, word, quote));
}

/** Bash replaces what follows the last of its word breaks, unless a quote is open. */
function bashWord(value: string, word: string, quote: string): string {
  if (quote === "'") return value.replaceAll("'", "'\\''");
  if (quote === '"') return value.replace(/["\\$\x60]/g, '\\$&');
  const cut = /^.*[:=]/s.exec(word)?.[0].length ?? 0;
  return value.slice(cut).replace(/[^\w@%+=:,./-]/gu, '\\$&');
}
