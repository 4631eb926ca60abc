/**
 * Traces as they really come, for every view: a crowd over four days, none, one event, a hundred thousand, clocks that
 * disagree, a session still running, progress of all sorts, hostile texts everywhere. The same in every run.
 */
import type { SessionPart } from '../../src/core/order.ts';
import { timestamp } from '../../src/core/time.ts';
import { type Chance, HEX, seeded } from './chance.ts';
import { lineOf, part } from './journal-lines.ts';
import { oid } from './summary-traces.ts';

/** Saturday 21 November 2026, noon: what tests take for now. */
export const SHAPES_NOW = Date.parse('2026-11-21T12:00:00.000Z');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Payload = Record<string, unknown>;

/** Somebody with a clone of their own. */
interface Person {
  readonly developer: { readonly user_id: string; readonly ide_version: null; readonly os: string; readonly name?: string };
  readonly writer: string;
  readonly shell: string;
}

const person = (name: string | undefined, digit: string, os: string, shell: string): Person => ({
  developer: { user_id: `${digit.repeat(8)}-1111-4222-8333-444444444444`, ide_version: null, os, ...(name === undefined ? {} : { name }) },
  writer: digit.repeat(16),
  shell,
});

export const ADA = person('Ada Blum', 'a', 'darwin', 'zsh 5.9');
export const BEN = person('Ben Okafor', 'b', 'linux', 'bash 5.2');
export const CHEN = person('陈晓', 'c', 'linux', 'fish 3.7');
const RUNNER = person(undefined, 'd', 'linux', '');

/** A trace while it is made: events of sessions, at a clock that goes on. */
export class ShapeWriter {
  at: number;
  readonly chance: Chance;
  readonly #sessions = new Map<string, { writer: string; lines: string[] }>();
  #events = 0;
  readonly #most: number;

  constructor(at: number, seed: number, most: number = Number.POSITIVE_INFINITY) {
    this.at = at;
    this.chance = seeded(seed);
    this.#most = most;
  }

  get events(): number {
    return this.#events;
  }

  /** Lets time pass: about so many milliseconds. */
  wait(about: number): void {
    this.at += Math.round(about * (0.5 + this.chance.fraction()));
  }

  /** Adds an event, unless there are enough. @param skew how far the session's clock is off, in milliseconds */
  add(writer: string, session: string, type: string, payload: Payload, skew = 0): void {
    if (this.#events >= this.#most) return;
    this.#events++;
    const key = `${writer}/${session}`;
    const of = this.#sessions.get(key) ?? { writer, lines: [] };
    this.#sessions.set(key, of);
    of.lines.push(lineOf(session, timestamp(this.at + skew), type, payload));
  }

  parts(): SessionPart[] {
    return [...this.#sessions].map(([key, { writer, lines }]) => part(key.slice(key.indexOf('/') + 1), lines, writer));
  }
}

/** The session of one producer, to write to in its words. */
class Producer {
  readonly world: ShapeWriter;
  readonly #writer: string;
  readonly #session: string;
  readonly skew: number;

  constructor(world: ShapeWriter, { writer }: Person, session: string, skew = 0) {
    this.world = world;
    this.#writer = writer;
    this.#session = session;
    this.skew = skew;
  }

  say(type: string, payload: Payload = {}): void {
    this.world.add(this.#writer, this.#session, type, payload, this.skew);
  }

  begin(kind: string, tool: string, { developer }: Person): this {
    this.say('session_started', { developer, kind, tool });
    return this;
  }

  end(status = 'completed'): void {
    this.say('session_ended', { status });
  }

  run(command: string, exit = 0, ms = 300, stdout = ''): void {
    this.say('command', { command, cwd: '', duration_ms: ms, exit_code: exit, stdout_sample: stdout });
    this.world.at += ms;
    this.world.wait(8 * SECOND);
  }

  edit(file: string, additions: number, deletions: number): void {
    const diff = [
      `@@ -1,${deletions + 2} +1,${additions + 2} @@`,
      ' import { now } from "./clock";',
      `-const at = 0;`,
      `+const at = now();`,
    ];
    this.say('edit', {
      additions,
      change_summary: `+${additions}/-${deletions}`,
      deletions,
      diff_snippet: `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n${diff.join('\n')}\n`,
      file,
    });
    this.world.wait(40 * SECOND);
  }

  /** Runs the tests as a person does: a command, and what came of it. */
  test(command: string, total: number, failures: readonly string[], ms = 6200): void {
    const stdout = failures.map((name) => `FAIL ${name}\nAssertionError: expected 2 to be 1\n`).join('');
    this.say('command', { command, cwd: '', duration_ms: ms, exit_code: failures.length > 0 ? 1 : 0, stdout_sample: stdout });
    this.world.at += ms;
    this.results(command, total, failures, ms);
    this.world.wait(12 * SECOND);
  }

  results(command: string, total: number, failures: readonly string[], ms: number, more: Payload = {}): void {
    this.say('test', {
      command,
      duration_ms: ms,
      failed: failures.length,
      failures: failures.map((name) => ({ file: 'test/rates.test.ts', message: 'AssertionError: expected 2 to be 1', name })),
      framework: 'vitest',
      passed: total - failures.length,
      skipped: 0,
      source: 'local',
      ...more,
    });
  }

  call(tool_name: string, command_preview: string, status = 'completed'): void {
    this.say('tool_call', { command_preview, duration_ms: 40 + this.world.chance.below(900), status, tool_name });
    this.world.wait(6 * SECOND);
  }

  commit(sha: string, message: string, files: readonly string[]): void {
    const counts = files.map((path) => ({ additions: 4 + path.length, deletions: path.length % 5, path }));
    this.say('commit', {
      additions: counts.reduce((sum, { additions }) => sum + additions, 0),
      branch: 'feature/rates',
      deletions: counts.reduce((sum, { deletions }) => sum + deletions, 0),
      files: counts,
      files_changed: files.length,
      message: `${message}\n`,
      parents: [oid('aa')],
      sha: oid(sha),
    });
    this.world.wait(5 * SECOND);
  }

  push(sha: string, before: string | null): void {
    this.say('push', {
      refs: [{ new: oid(sha), old: before === null ? null : oid(before), ref: 'refs/heads/feature/rates' }],
      remote: 'origin',
    });
    this.world.wait(20 * SECOND);
  }
}

const FILES = ['src/rates.ts', 'src/checkout.ts', 'src/currency/round.ts', 'src/api/quotes.ts', 'test/rates.test.ts', 'docs/rates.md'];
const LOOKS = ['ls', 'git status', 'git diff', 'cat src/rates.ts', 'cd src', 'git log --oneline -5', 'rg roundTo', 'less README.md'];
const WORK = ['npm run lint', 'npm run build', 'node scripts/seed.mjs', 'docker compose up -d', 'npm ci', 'psql -f schema.sql'];
const TESTS = ['rates > rounds half up', 'rates > keeps minor units', 'checkout > totals add up', 'quotes > expire after a minute'];
const PROMPTS = [
  'round each line of the invoice, not the sum. Keep the tests as they are',
  'why does the quote expire twice?\nLook at src/api/quotes.ts and tell me before you change anything.\nThe clock is injected; use it.\nDo not add a dependency.\nWrite a test first.',
  'rename roundTo to roundHalfUp everywhere',
  'make it green',
];
const NOTES = [
  'The bank rounds per line: see the contract, page 4. Summing first is off by a cent for every third invoice.',
  'half up, not half even: accounting insists',
  'expiry moved to the server, clients have wrong clocks',
];

/** An agent's turns in somebody's clone: it looks, edits, tests, and often has to again. */
function agentTurns(world: ShapeWriter, owner: Person, tool: string, session: string, turns: number): void {
  const { chance } = world;
  const agent = new Producer(world, owner, session).begin('agent', tool, owner);
  const own = new Producer(world, owner, `local-${owner.writer.slice(0, 4)}`);
  for (let turn = 0; turn < turns; turn++) {
    agent.say('prompt', { text: chance.pick(PROMPTS) });
    world.wait(4 * SECOND);
    for (let i = 3 + chance.below(8); i > 0; i--) agent.call(chance.pick(['Read', 'Read', 'Grep', 'Edit']), chance.pick(FILES));
    for (let round = chance.below(3); round >= 0; round--) {
      own.edit(chance.pick(FILES), 3 + chance.below(40), chance.below(12));
      const failures = round > 0 ? [chance.pick(TESTS)] : [];
      agent.call('Bash', 'npm test', failures.length > 0 ? 'failed' : 'completed');
      agent.results('npm test', 84, failures, 6100);
      world.wait(20 * SECOND);
    }
  }
  agent.end();
}

/** An hour of somebody's work at a shell. */
function shellHour(world: ShapeWriter, who: Person, session: string, shas: string[]): void {
  const { chance } = world;
  const shell = new Producer(world, who, session).begin('shell', who.shell, who);
  const own = new Producer(world, who, `local-${who.writer.slice(0, 4)}`);
  for (let round = 0; round < 3; round++) {
    for (let i = 2 + chance.below(6); i > 0; i--) shell.run(chance.pick(LOOKS), 0, 12);
    if (chance.below(3) === 0)
      shell.run(chance.pick(WORK), chance.below(4) === 0 ? 2 : 0, 2000 + chance.below(40_000), 'ERROR: relation "rates" does not exist\n');
    for (let reds = chance.below(3); reds > 0; reds--) {
      shell.test('npm test', 84, [chance.pick(TESTS)]);
      if (chance.below(3) === 0)
        own.say('annotation', { target: `${chance.pick(FILES)}:${1 + chance.below(90)}`, text: chance.pick(NOTES) });
      for (let edits = 1 + chance.below(3); edits > 0; edits--) own.edit(chance.pick(FILES), 1 + chance.below(20), chance.below(9));
    }
    shell.test('npm test', 84, []);
  }
  const sha = `${shas.length}${chance.text(HEX, 6)}`;
  own.commit(sha, chance.pick(['rates: round each line', 'quotes: expire once', 'checkout: add up lines', 'rates: name the mode']), [
    chance.pick(FILES),
    'test/rates.test.ts',
  ]);
  own.push(sha, shas.at(-1) ?? null);
  shas.push(sha);
  world.wait(2 * MINUTE);
  if (chance.below(4) > 0) shell.end();
}

function ciJobs(world: ShapeWriter, run: number, sha: string): void {
  for (const job of ['lint', 'unit']) {
    const ci = new Producer(world, RUNNER, `gha-${run}-${job}-1`).begin('ci', 'github-actions', RUNNER);
    world.wait(50 * SECOND);
    const failures = job === 'unit' && run % 3 === 1 ? ['checkout > totals add up'] : [];
    if (job === 'unit') ci.results('npm test', 212, failures, 41_000, { source: 'ci' });
    ci.say('ci_run', {
      attempt: 1,
      conclusion: failures.length > 0 ? 'failure' : 'success',
      job,
      provider: 'github-actions',
      run_id: `${run}`,
      run_url: `https://github.com/acme/shop/actions/runs/${run}`,
      sha: oid(sha),
      workflow: 'test',
    });
    ci.end(failures.length > 0 ? 'failed' : 'completed');
  }
}

/** 600 events by three people and two agents, with CI, over four days. */
export function crowdTrace(): SessionPart[] {
  const days = [17, 18, 19, 20].map((day) => Date.UTC(2026, 10, day, 9, 4));
  const last = 8;
  const world = new ShapeWriter(days[0] ?? 0, 600, 600 - last);
  for (const who of [ADA, BEN, CHEN]) new Producer(world, who, `local-${who.writer.slice(0, 4)}`).begin('shell', 'git-trace/1', who);
  const shas: string[] = [];
  for (const [day, at] of days.entries()) {
    world.at = at;
    for (const [hour, who] of [ADA, BEN, CHEN].entries()) {
      if ((day + hour) % 4 === 3) continue;
      shellHour(world, who, `${who.shell.replace(' ', '-')}-${4000 + day}-17952${day}${hour}000`, shas);
      ciJobs(world, 1900 + shas.length, shas.at(-1) ?? '');
      world.wait(50 * MINUTE);
      if (who !== CHEN) agentTurns(world, who, who === ADA ? 'claude-code' : 'codex', `agent-${day}-${hour}`, 2 + ((day + hour) % 3));
      world.wait(90 * MINUTE);
    }
  }
  const end = new ShapeWriter(Math.max(world.at, Date.UTC(2026, 10, 20, 17)), 1);
  const ci = new Producer(end, RUNNER, 'gha-1999-trace-1').begin('ci', 'github-actions', RUNNER);
  const said = { created_at: '2026-11-17T10:00:00.000Z', merged_at: null, status: 'open', title: 'Round each line of an invoice' };
  ci.say('pr_linked', { base: 'main', head: 'feature/rates', host: 'github.com', pr_id: 'acme/shop#42' });
  ci.say('pr_updated', said);
  ci.say('pr_reviewed', { reviewer: 'noam', sha: oid(shas.at(-1) ?? ''), state: 'approved', submitted_at: timestamp(end.at) });
  end.wait(4 * MINUTE);
  ci.say('pr_updated', { ...said, merged_at: timestamp(end.at), status: 'merged' });
  ci.say('deploy_started', { environment: 'staging', id: 'd-7' });
  end.wait(2 * MINUTE);
  ci.say('deploy_completed', { environment: 'staging', id: 'd-7' });
  ci.end();
  return [...world.parts(), ...end.parts()];
}

/** Nothing was recorded. */
export function emptyTrace(): SessionPart[] {
  return [];
}

/** One note, and not even the beginning of its session. */
export function oneEventTrace(): SessionPart[] {
  return [part('local-1', [lineOf('local-1', SHAPES_NOW - HOUR, 'annotation', { text: 'it begins' })])];
}

/** So many events: a hundred thousand unless told. In sessions of about a thousand, of people and agents in turn. */
export function longTrace(count = 100_000): SessionPart[] {
  const world = new ShapeWriter(Date.UTC(2026, 8, 1, 6), 7, count);
  const { chance } = world;
  for (const who of [ADA, BEN, CHEN]) new Producer(world, who, `local-${who.writer.slice(0, 4)}`).begin('shell', 'git-trace/1', who);
  const shas: string[] = [];
  for (let session = 0; world.events < count; session++) {
    const who = [ADA, BEN, CHEN][session % 3] ?? ADA;
    const from = world.events;
    if (session % 2 === 0) while (world.events < Math.min(from + 1000, count)) shellHour(world, who, `sh-${session}`, shas);
    else agentTurns(world, who, session % 4 === 1 ? 'claude-code' : 'codex', `agent-${session}`, 50);
    world.wait((10 + chance.below(50)) * MINUTE);
  }
  return world.parts();
}

/** Three clocks: one right, one an hour behind, one that jumps back in the middle. */
export function skewedTrace(): SessionPart[] {
  const world = new ShapeWriter(SHAPES_NOW - 3 * HOUR, 3);
  const right = new Producer(world, ADA, 'zsh-1').begin('shell', ADA.shell, ADA);
  const behind = new Producer(world, BEN, 'bash-1', -HOUR).begin('shell', BEN.shell, BEN);
  const jumps = new Producer(world, CHEN, 'fish-1').begin('shell', CHEN.shell, CHEN);
  const jumped = new Producer(world, CHEN, 'fish-1', -40 * MINUTE);
  for (let i = 0; i < 4; i++) {
    right.run(`make part-${i}`);
    behind.test('make test', 12, i % 2 === 0 ? ['test_clock'] : []);
    (i < 2 ? jumps : jumped).run(`date # ${i}`);
  }
  jumped.say('node_started', { node_id: 'n1' });
  jumped.say('node_completed', { node_id: 'n1' });
  right.end();
  behind.end();
  return world.parts();
}

/** A person and an agent at work at {@link SHAPES_NOW}: nothing has ended. */
export function runningTrace(): SessionPart[] {
  const world = new ShapeWriter(SHAPES_NOW - 22 * MINUTE, 5);
  const shell = new Producer(world, ADA, 'zsh-5.9-1-1').begin('shell', ADA.shell, ADA);
  shell.run('git switch -c feature/rates');
  shell.test('npm test', 84, ['rates > rounds half up']);
  world.at = SHAPES_NOW - 9 * MINUTE;
  const agent = new Producer(world, ADA, 'agent-1').begin('agent', 'claude-code', ADA);
  agent.say('prompt', { text: PROMPTS[0] });
  world.at += 20 * SECOND;
  agent.call('Read', 'src/rates.ts');
  agent.edit('src/rates.ts', 9, 3);
  agent.say('request_sent', { model: 'large-1', provider: 'acme', request_id: 'r1' });
  world.at = SHAPES_NOW - 40 * SECOND;
  agent.say('tool_call', { command_preview: 'npm test', status: 'started', tool_name: 'Bash' });
  return world.parts();
}

/** A generation by levels, as a producer of the observability catalogue tells it; one node fails and one never ends. */
export function progressTrace(): SessionPart[] {
  const world = new ShapeWriter(SHAPES_NOW - 2 * HOUR, 11);
  const wiki = new Producer(world, ADA, 'wiki-1').begin('api', 'wikigen 2.1', ADA);
  const pass = (ms: number): void => {
    world.at += ms;
  };
  wiki.say('scan_started', { path: 'src' });
  pass(840);
  wiki.say('scan_completed', { files_scanned: 212, path: 'src' });
  wiki.say('plan_started', { plan_id: 'p1' });
  pass(1600);
  wiki.say('plan_completed', { levels: 3, plan_id: 'p1', total_nodes: 7 });
  wiki.say('generation_started', { generation_id: 'g1', plan_id: 'p1', total_nodes: 7 });
  const levels = [['clock', 'money', 'ids'], ['rates', 'quotes', 'checkout'], ['shop']];
  for (const [level, nodes] of levels.entries()) {
    wiki.say('level_started', { generation_id: 'g1', level, nodes: nodes.length });
    wiki.say('queue_stats', { name: 'llm', pending: nodes.length, running: 0 });
    for (const node of nodes) wiki.say('node_started', { level, name: `src/${node}.ts`, node_id: node });
    for (const [i, node] of nodes.entries()) {
      wiki.say('provider_request_sent', { model: 'large-1', node_id: node, provider: 'acme', request_id: `${level}-${i}` });
      pass(2100 + 400 * i);
      if (node === 'quotes') {
        wiki.say('provider_request_failed', { message: 'rate limited: try again in 20 s', request_id: `${level}-${i}`, status_code: 429 });
        wiki.say('node_failed', { message: 'no answer after 3 attempts', node_id: node });
        continue;
      }
      if (node === 'shop') break;
      wiki.say('provider_response_received', { request_id: `${level}-${i}`, tokens: 1812 });
      wiki.say('node_completed', { node_id: node });
      wiki.say('queue_stats', { name: 'llm', pending: nodes.length - i - 1, running: 1 });
    }
    if (level < 2) wiki.say('level_completed', { level });
  }
  return world.parts();
}

/** Texts that want to steer a terminal, run a script, leave their place, or cannot be shown at all. */
export const HOSTILE_TEXTS: readonly string[] = [
  '\u001b]52;c;Y3VybCBldmlsLmV4YW1wbGU=\u0007copied',
  '\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\',
  '\u001b]0;title\u0007\u001b[2J\u001b[H\u001b[?1049h\u001b[?1000h\u001b[31mred',
  '\u009b2J\u009d0;c1\u009c\u0090q\u009c',
  'bell\u0007 back\b\b\bspace return\rover vertical\u000bform\u000c delete\u007f nul\u0000',
  '\u202Eevil\u202C \u2066isolate\u2069 zero\u200Bwidth\u200D join\u2060 soft\u00ADhyphen \uFEFF',
  'line\u2028separator\u2029 next\u0085line',
  'lone \uD800 surrogate \uDFFF',
  `zalgo ${'a\u0301\u0316'.repeat(40)}`,
  '界界界 👩‍👩‍👧‍👦 🇩🇪 ﷽ שלום עליכם مرحبا',
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '--></style><svg onload=alert(1)>',
  'javascript:alert(1)',
  '`${alert(1)}` {{7*7}} <%= 1 %>',
  '&lt;b&gt; &amp; &#60;',
  '../../../../etc/passwd\\..\\x',
  '__proto__',
  'constructor',
  '',
  ' ',
  '\n\n\n',
  `long ${'x'.repeat(20_000)}`,
];

/** Every type of event, with hostile texts in every member that is a text. */
export function hostileShape(texts: readonly string[] = HOSTILE_TEXTS): SessionPart[] {
  const world = new ShapeWriter(SHAPES_NOW - 5 * HOUR, 13);
  let next = 0;
  const text = (): string => (texts[next++ % texts.length] ?? '').toWellFormed();
  const developer = { ...ADA.developer, name: text(), os: text() };
  const sides = ['shell', 'agent', 'ci', 'ide'].map((kind) => {
    const side = new Producer(world, ADA, `hostile-${kind}`);
    side.say('session_started', { developer, kind, repo: { language: text(), name: text() }, tool: text() });
    return side;
  });
  const kinds = ['node', 'level', 'request', 'plan', 'generation', 'scan', 'anything'];
  for (let round = 0; round < texts.length; round++) {
    const side = sides[round % sides.length] ?? sides[0];
    const say = (type: string, payload: Payload): void => {
      side?.say(type, payload);
      world.wait(7 * SECOND);
    };
    say('command', { command: text(), cwd: text(), exit_code: round % 3, signal: text(), stderr_sample: text(), stdout_sample: text() });
    say('annotation', { target: text(), text: text() });
    say('prompt', { text: text() });
    say('tool_call', {
      command_preview: text(),
      error: text(),
      mode: text(),
      status: round % 2 === 0 ? 'failed' : 'completed',
      tool_name: text(),
    });
    const failure = { file: text(), message: text(), name: text() };
    say('test', {
      command: text(),
      failed: round % 2,
      failures: [text(), failure],
      framework: text(),
      passed: 1,
      skipped: 0,
      suite: text(),
      warning: text(),
    });
    say('edit', {
      additions: 1,
      change_summary: text(),
      deletions: 1,
      diff_snippet: `@@ -1 +1 @@\n-${text()}\n+${text()}\n`,
      file: text(),
      old_file: text(),
      status: text(),
    });
    say('edits', { change_summary: text(), files: [{ path: text() }], files_changed: 1, origin: 'work' });
    say('commit', {
      branch: text(),
      files: [{ additions: 1, deletions: 0, path: text() }],
      files_changed: 1,
      message: text(),
      sha: text(),
    });
    say('push', { refs: [{ new: text(), old: text(), ref: text() }], remote: text() });
    say('checkout', { branch: text(), from: text(), to: text() });
    say('merge', { command: text(), message: text(), sha: text() });
    say('rewrite', { command: text(), map: [{ new: text(), old: text() }] });
    const run = {
      attempt: 1,
      job: text(),
      matrix: text(),
      provider: text(),
      run_id: text(),
      run_url: text(),
      sha: text(),
      workflow: text(),
    };
    say('ci_run', { ...run, conclusion: round % 2 === 0 ? 'failure' : text() });
    say('pr_linked', { base: text(), head: text(), host: text(), pr_id: text() });
    say('pr_updated', { created_at: null, merged_at: null, status: text(), title: text(), url: text() });
    say('pr_reviewed', { reviewer: text(), sha: text(), state: text(), submitted_at: text() });
    say('navigation', { column: 1, file: text(), line: 1 });
    say('environment', { [text() || 'x']: text() });
    say(`${kinds[round % kinds.length]}_started`, { level: text(), model: text(), name: text(), provider: text() });
    say(`${kinds[round % kinds.length]}_failed`, { error: text(), message: text() });
    say('queue_stats', { [text() || 'x']: 1, name: text() });
    say('deploy_preview', { [text() || 'x']: text(), list: [text()] });
  }
  for (const side of sides) side.say('session_ended', { reason: text(), status: 'failed' });
  return world.parts();
}
