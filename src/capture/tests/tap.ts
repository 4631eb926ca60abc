/**
 * Stage 1, capture: reads TAP (https://testanything.org), versions 12 to 14 and what node, node-tap, mocha and ava make
 * of it: subtests by indentation or in braces, YAML diagnostics, tests to do and skipped, bail out. Lines that are none of
 * TAP's are passed over, so that the output of a whole command can be read too.
 */
import { lines } from './lines.ts';
import { Tally, type TestReport } from './report.ts';

const POINT = /^( *)(not )?ok\b(?: +(\d+))?(?: *-)? *(.*)$/;
const PLAN = /^( *)1\.\.(\d{1,9})(?: *#\s*(\S.*))?$/;
/** What ends a point's name: a directive, or node-tap's time. */
const MARK = /(?<!\\)#\s*(?:(todo|skip)\b|time=)/i;
const SUBTEST = /^( *)# Subtest: (.*)$/;
/** A count that only node's runner has. */
const NODE = /^# cancelled \d+$/;
const DURATION = /^# (?:duration_ms|time[=:]?)\s*=?\s*([\d.]+)(ms|s)?$/;
/** Subtests inside one another that are told apart. */
const DEPTH = 100;
/** Lines of YAML that are looked at for a failure. */
const YAML_LINES = 200;

/** Whether a text is TAP: its version, or a test point near a plan. */
export function looksLikeTap(text: string): boolean {
  return /^TAP version 1[234]\s*$/m.test(text) || (/^(?:not )?ok\b/m.test(text) && /^1\.\.\d/m.test(text));
}

interface Level {
  /** Name of the subtest that is open here. */
  name: string;
  /** Points seen one level deeper since the last point here. */
  children: number;
  /** Of those, how many failed. */
  failedChildren: number;
  points: number;
}

/**
 * Reads TAP. A point with subtests is not counted itself, unless it failed and none of them did.
 *
 * @example
 * readTap('TAP version 14\n1..2\nok 1 - a\nnot ok 2 - b\n  ---\n  message: no\n  ...\n')
 * // { framework: 'tap', passed: 1, failed: 1, skipped: 0, failures: [{ name: 'b', message: 'no' }] }
 */
export function readTap(text: string): TestReport {
  return new Reader().read(text);
}

class Reader {
  readonly #tally = new Tally();
  readonly #levels: Level[] = [];
  #framework = 'tap';
  #plan: number | undefined;
  #failure: { name: string; file?: string | undefined; message?: string | undefined } | undefined;

  read(text: string): TestReport {
    const tally = this.#tally;
    let yaml: string[] | undefined;
    for (const line of lines(text)) {
      if (yaml !== undefined) {
        if (/^ *\.\.\.\s*$/.test(line)) {
          this.#diagnose(yaml);
          yaml = undefined;
        } else if (yaml.length < YAML_LINES) yaml.push(line);
        // a point in the middle of YAML: the dots never came
        if (yaml === undefined || !/^ *(?:not )?ok \d+ - /.test(line)) continue;
        this.#diagnose(yaml);
        yaml = undefined;
      }
      if (/^ +---\s*$/.test(line)) yaml = [];
      else if (!this.#point(line)) this.#other(line);
    }
    if (yaml !== undefined) {
      this.#diagnose(yaml);
      tally.warn('the last diagnostic has no end');
    }
    this.#keepFailure();
    const seen = this.#level(0).points;
    if (this.#plan === undefined) tally.warn('there is no plan, so tests may be missing');
    else if (this.#plan !== seen) tally.warn(`${this.#plan} tests were planned, and ${seen} reported`);
    return tally.report(this.#framework);
  }

  #level(depth: number): Level {
    for (let at = this.#levels.length; at <= depth; at++) this.#levels.push({ name: '', children: 0, failedChildren: 0, points: 0 });
    // made just now if it was not there
    return this.#levels[depth] as Level;
  }

  #point(line: string): boolean {
    const [, indent = '', not, , rest = ''] = POINT.exec(line) ?? [];
    if (!/^ *(?:not )?ok\b/.test(line)) return false;
    this.#keepFailure();
    const depth = Math.min(DEPTH, indent.length >> 2);
    const level = this.#level(depth);
    const mark = MARK.exec(rest);
    const directive = mark?.[1];
    const isOpening = rest.endsWith(' {');
    const said = (mark === null ? (isOpening ? rest.slice(0, -2) : rest) : rest.slice(0, mark.index)).trimEnd();
    const failed = not !== undefined && directive === undefined;
    level.points += 1;
    if (isOpening) {
      level.name = said;
      level.children = 0;
      return true;
    }
    if (depth > 0) {
      const parent = this.#level(depth - 1);
      parent.children += 1;
      if (failed) parent.failedChildren += 1;
    }
    const isCounted = level.children === 0 || (failed && level.failedChildren === 0);
    level.children = 0;
    level.failedChildren = 0;
    if (!isCounted) return true;
    if (failed) this.#failure = { name: this.#path(depth, said) };
    else if (directive === undefined) this.#tally.passed += 1;
    else this.#tally.skipped += 1;
    return true;
  }

  #path(depth: number, name: string): string {
    const around = this.#levels.slice(0, depth).map((level) => level.name);
    return [...around, name].filter((part) => part !== '').join(' > ');
  }

  #other(line: string): void {
    const subtest = SUBTEST.exec(line);
    if (subtest !== null) {
      this.#level(Math.min(DEPTH, (subtest[1] ?? '').length >> 2)).name = subtest[2] ?? '';
      return;
    }
    const plan = PLAN.exec(line);
    if (plan !== null) {
      if (plan[1] === '') this.#plan = (this.#plan ?? 0) + Number(plan[2]);
      return;
    }
    const bail = /^ *Bail out!\s*(.*)$/i.exec(line);
    if (bail !== null) {
      this.#tally.warn(`the run was given up${bail[1] === '' ? '' : `: ${bail[1]}`}`);
      return;
    }
    if (NODE.test(line)) this.#framework = 'node:test';
    const [, time, unit] = DURATION.exec(line) ?? [];
    if (time !== undefined) this.#tally.durationMs = unit === 's' ? Number(time) * 1000 : Number(time);
  }

  /** Takes from a failure's YAML what says why and where. */
  #diagnose(yaml: readonly string[]): void {
    if (this.#failure === undefined) return;
    this.#failure.message ??= member(yaml, ['message', 'error']);
    const file = member(yaml, ['location', 'file', 'fileName'])?.replace(/:\d+(?::\d+)?$/, '');
    if (file !== undefined) this.#failure.file ??= file;
  }

  #keepFailure(): void {
    if (this.#failure !== undefined) this.#tally.fail(this.#failure);
    this.#failure = undefined;
  }
}

/** A member of a YAML block that is a text: plain, quoted, or a block of its own. */
function member(yaml: readonly string[], names: readonly string[]): string | undefined {
  for (let at = 0; at < yaml.length; at++) {
    const [, indent = '', name = '', value = ''] = /^( *)([A-Za-z_]+): *(.*)$/.exec(yaml[at]?.trimEnd() ?? '') ?? [];
    if (!names.includes(name)) continue;
    if (value === "''" || value === '""') continue;
    if (!/^[|>][-+]?\d*$/.test(value)) return unquoted(value);
    const block: string[] = [];
    for (const line of yaml.slice(at + 1)) {
      if (line.trim() !== '' && line.length - line.trimStart().length <= indent.length) break;
      block.push(line.trim());
    }
    return block.join('\n').trim();
  }
  return undefined;
}

function unquoted(value: string): string {
  if (value.length >= 2 && value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1).replaceAll("''", "'");
  if (value.length >= 2 && value.startsWith('"') && value.endsWith('"'))
    return value.slice(1, -1).replaceAll('\\"', '"').replaceAll('\\n', '\n');
  return value;
}
