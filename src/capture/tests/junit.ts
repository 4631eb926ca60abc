/**
 * Stage 1, capture: reads JUnit XML, the format without a standard: what surefire, Gradle, pytest, jest-junit, vitest,
 * mocha, node and go-junit-report write. A stream of tags goes by, nothing of it is kept but counts and failures. No
 * entity but the five of XML is ever resolved and nothing outside is ever opened: saxes can do neither.
 */
import { SaxesParser } from 'saxes';
import { headOf } from './lines.ts';
import { Tally, type TestReport } from './report.ts';

/** Elements inside one another; what is deeper is no report. */
const DEPTH = 1_000;
/** Faults of the XML after which nothing sensible can follow. */
const FAULTS = 100;
/** Characters kept of a failure's text. */
const TEXT = 16_384;
/** Characters that are given to the parser at once. */
const PIECE = 65_536;

type Attributes = Readonly<Record<string, string>>;

interface Case {
  readonly attributes: Attributes;
  outcome: 'passed' | 'failed' | 'skipped';
  message: string;
}

/** Thrown out of the parser to leave it. */
class Enough extends Error {}

/**
 * Reads a report; `undefined` where the text is XML of another kind, or none. What is damaged is read as far as it
 * goes, with a warning.
 *
 * @example
 * readJunit('<testsuite name="a" time="0.5"><testcase name="b"/><testcase name="c"><failure message="no"/></testcase></testsuite>')
 * // { framework: 'junit', suite: 'a', passed: 1, failed: 1, skipped: 0, durationMs: 500, failures: [{ name: 'c', message: 'no' }] }
 */
export function readJunit(text: string): TestReport | undefined {
  const reader = new Reader();
  try {
    for (let at = 0; at < text.length; at += PIECE) reader.write(text.slice(at, at + PIECE));
    reader.end();
  } catch (cause) {
    if (!(cause instanceof Enough)) reader.tally.warn('the XML could not be read to its end');
  }
  return reader.report();
}

class Reader {
  readonly tally = new Tally();
  readonly #parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  /** Names of all open elements, so that a fault in one place is not one everywhere. */
  readonly #open: string[] = [];
  readonly #suites: Attributes[] = [];
  #framework: string | undefined;
  #isReport: boolean | undefined;
  #case: Case | undefined;
  /** Text is being collected for the failure at this depth. */
  #collecting = 0;
  #text = '';
  #faults = 0;
  /** The suites that have no suite around them: how many, and the name of the only one. */
  #top = 0;
  #suite: string | undefined;
  /** There are tests in no suite at all. */
  #loose = false;
  /** Whether the element around all says how long it took. */
  #timed = false;
  readonly #promised = { tests: 0, failed: 0, skipped: 0 };

  constructor() {
    const parser = this.#parser;
    parser.on('error', (error) => this.#fault(error.message));
    parser.on('doctype', () => this.tally.warn('the report has a DOCTYPE, which is not read: no entity was expanded'));
    parser.on('opentag', ({ name, attributes }) => this.#opened(name, attributes));
    parser.on('closetag', () => this.#closed());
    parser.on('text', (said) => this.#said(said));
    parser.on('cdata', (said) => this.#said(said));
  }

  write(piece: string): void {
    this.#parser.write(piece);
  }

  end(): void {
    this.#parser.close();
  }

  report(): TestReport | undefined {
    if (this.#isReport !== true) return undefined;
    const { tally } = this;
    if (this.#case !== undefined) this.#settle(this.#case);
    const { tests, failed, skipped } = this.#promised;
    if (tally.isEmpty && tests > 0) {
      tally.failed = Math.min(failed, tests);
      tally.skipped = Math.min(skipped, tests - tally.failed);
      tally.passed = tests - tally.failed - tally.skipped;
      tally.warn('the report names no test, only how many there were');
    }
    const framework = this.#framework ?? 'junit';
    const isOne = this.#top === 1 && !this.#loose && this.#suite?.toLowerCase().startsWith(framework) !== true;
    return tally.report(framework, isOne ? this.#suite : undefined);
  }

  #fault(message: string): void {
    // saxes gives "line:column: " where it tracks positions, which here it does not
    this.tally.warn(`the XML is not well-formed (${message.replace(/[.]$/, '')})`);
    this.#faults += 1;
    if (this.#faults >= FAULTS) throw new Enough();
  }

  #opened(name: string, attributes: Attributes): void {
    this.#open.push(name);
    if (this.#isReport === undefined) {
      this.#isReport = name === 'testsuites' || name === 'testsuite';
      if (!this.#isReport) throw new Enough();
      this.#framework = frameworkOf(attributes);
      if (attributes['time'] !== undefined) {
        this.#timed = true;
        this.tally.addSeconds(seconds(attributes['time']));
      }
    }
    if (this.#open.length > DEPTH) {
      this.tally.warn(`the elements are nested more than ${DEPTH} deep, and what follows was not read`);
      throw new Enough();
    }
    if (name === 'testsuite') this.#suiteOpened(attributes);
    else if (name === 'testcase' && this.#case === undefined) {
      // googletest says it in attributes
      const isRun = ![attributes['status'], attributes['result']].some((said) => NOT_RUN.has(said ?? ''));
      this.#case = { attributes, outcome: isRun ? 'passed' : 'skipped', message: '' };
      if (this.#suites.length === 0) this.#loose = true;
    } else if (name === 'property') this.#framework ??= PROPERTIES[attributes['name'] ?? ''];
    else if (this.#case !== undefined) this.#inCase(this.#case, name, attributes);
  }

  #suiteOpened(attributes: Attributes): void {
    if (this.#suites.length === 0) {
      this.#top += 1;
      this.#suite = attributes['name'];
      this.#framework ??= frameworkOf(attributes);
      if (!this.#timed) this.tally.addSeconds(seconds(attributes['time']));
      this.#promised.tests += count(attributes['tests']);
      this.#promised.failed += count(attributes['failures']) + count(attributes['errors']);
      this.#promised.skipped += count(attributes['skipped']) + count(attributes['disabled']);
    }
    this.#suites.push(attributes);
  }

  #inCase(current: Case, name: string, attributes: Attributes): void {
    const failed = name === 'failure' || name === 'error';
    if (!failed && name !== 'skipped') return;
    // of several verdicts the worst counts, and of several failures the first tells why
    if (failed && current.outcome !== 'failed') {
      current.outcome = 'failed';
      current.message = attributes['message'] ?? '';
      this.#collecting = this.#open.length;
      this.#text = '';
    } else if (current.outcome === 'passed') current.outcome = 'skipped';
  }

  #said(text: string): void {
    if (this.#collecting > 0 && this.#text.length <= TEXT) this.#text += text.slice(0, TEXT + 1 - this.#text.length);
  }

  #closed(): void {
    const depth = this.#open.length;
    const name = this.#open.pop();
    if (this.#collecting === depth) {
      this.#collecting = 0;
      this.#addText();
    }
    if (name === 'testcase' && this.#case !== undefined) {
      this.#settle(this.#case);
      this.#case = undefined;
    } else if (name === 'testsuite') this.#suites.pop();
  }

  /** Most writers say the message twice, in the attribute and at the beginning of the text. */
  #addText(): void {
    const current = this.#case;
    const text = headOf(this.#text, TEXT).trim();
    if (current === undefined || text === '') return;
    const message = current.message.trim();
    const [first = ''] = text.split('\n', 1);
    const isSaid = message === '' || first.includes(message.split('\n', 1)[0] ?? '');
    current.message = isSaid ? text : `${message}\n${text}`;
  }

  #settle({ attributes, outcome, message }: Case): void {
    if (outcome !== 'failed') {
      this.tally[outcome] += 1;
      return;
    }
    const said = this.#collecting > 0 && message === '' ? headOf(this.#text, TEXT) : message;
    const { name = '', classname = '' } = attributes;
    const suite = this.#suites.at(-1);
    const isFile = /[/\\]|\.[a-z]{1,4}$/.test(classname) && !classname.includes(' ');
    const file = attributes['file'] ?? suite?.['file'] ?? suite?.['filepath'] ?? (isFile ? classname : undefined);
    const within = classname === '' || classname === file || classname === 'test' || name.includes(classname);
    // jest-junit's own setting says the suite and the test in both
    this.tally.fail({ name: within ? name : classname.includes(name) ? classname : `${classname} > ${name}`, file, message: said });
  }
}

const NOT_RUN = new Set(['notrun', 'disabled', 'ignored', 'skipped', 'suppressed']);
const PROPERTIES: Readonly<Record<string, string>> = { 'go.version': 'go test' };

/** The runner, where the element around all gives it away. */
function frameworkOf(attributes: Attributes): string | undefined {
  const name = (attributes['name'] ?? '').toLowerCase();
  for (const framework of ['vitest', 'jest', 'pytest', 'mocha', 'nextest'])
    if (name === framework || name.startsWith(`${framework} `)) return framework;
  if (name === 'nextest-run') return 'cargo nextest';
  return Object.values(attributes).some((value) => value.includes('surefire-test-report')) ? 'surefire' : undefined;
}

/** Old surefire wrote seconds with a comma at each thousand. */
function seconds(text: string | undefined): number {
  return text === undefined || text === '' ? Number.NaN : Number(text.replaceAll(',', ''));
}

function count(text: string | undefined): number {
  return text !== undefined && /^[0-9]{1,12}$/.test(text.trim()) ? Number(text) : 0;
}
