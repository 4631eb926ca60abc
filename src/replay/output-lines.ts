/** Picks from a command's output the few lines that say what went wrong. Pure; works on samples, never on whole outputs. */
import { terminalText } from './terminal-text.ts';

/** CSI and OSC sequences, as ECMA-48 5.4 and 5.6 write them: colour and links in what was captured from a terminal. */
const SEQUENCE = /\u001b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\u001b\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)/g;
/** A cause: an error and what it says. */
const CAUSE =
  /\b\w{0,60}(?:Error|Exception)\b(?!s)|\berror(?:\[|:)|\bassert\w*|\bpanic\w*|\bfatal:|\bexpected\b.{0,80}\S|\breceived:|\bdenied\b|\bcannot\b|\bnot found\b|^\s*E {2,}\S/i;
/** A failure, without its cause. */
const FAILURE = /\b(?:fail(?:s|ed|ure|ures|ing)?|errors?)\b|^\s*not ok|[✗✘×]/i;
const NO_FAILURE = /\b0 (?:fail|error)/i;
/** Frames, rules and headings of a difference stand for nothing. */
const HEADING = /^(?:expected|received)?$/i;
const NO_WORD = /[^\p{L}\p{N}]+/gu;
/** Characters of a line that are looked at. */
const LONGEST = 2000;
const RULES = /[─━═⎯]{2,}/g;

/**
 * The lines of an output that matter, in their order: causes before mere failures, and where nothing speaks of
 * either the last ones.
 *
 * @param most how many lines at most
 * @param causesOnly leave failures without a cause away, because they are told elsewhere
 * @example
 * tellingLines('ok 1\nnot ok 2\nok 3', 6) // ['not ok 2']
 */
export function tellingLines(output: string, most: number, causesOnly: boolean = false): string[] {
  const seen = new Set<string>();
  const lines = output.split('\n').flatMap((line) => {
    const plain = terminalText(visibleLine(line).replaceAll('\t', '  ').replace(RULES, '').trimEnd());
    if (HEADING.test(plain.replace(NO_WORD, '')) || seen.has(plain.trim())) return [];
    seen.add(plain.trim());
    return [plain];
  });
  const causes = lines.filter((line) => CAUSE.test(line));
  const failures = causesOnly ? [] : lines.filter((line) => FAILURE.test(line) && !CAUSE.test(line) && !NO_FAILURE.test(line));
  const telling = new Set([...causes, ...failures].slice(0, most));
  const picked = telling.size > 0 ? lines.filter((line) => telling.has(line)) : causesOnly ? [] : lines.slice(-most);
  // what all lines are indented by says nothing
  const indent = Math.min(...picked.map((line) => line.length - line.trimStart().length));
  return picked.map((line) => line.slice(indent));
}

/** All lines of an output, harmless, as a terminal showed them at last. */
export function allLines(output: string): string[] {
  const text = output.trimEnd();
  if (text === '') return [];
  return text.split('\n').map((line) => terminalText(visibleLine(line).replaceAll('\t', '  ').trimEnd()));
}

/** A line as the terminal showed it at last: colours gone, a progress line at its last state. */
function visibleLine(line: string): string {
  const plain = line.replace(SEQUENCE, '').trimEnd();
  return plain.slice(plain.lastIndexOf('\r') + 1).slice(0, LONGEST);
}
