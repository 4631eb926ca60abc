/**
 * `npm run man`: writes man/git-trace.1 from the commands themselves (src/cli/commands) and the words below. With
 * `--check` it writes nothing and fails if the file is not what it would write. Format: man(7), so that any man shows it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundled } from './bundled.mjs';
import { root } from './ready.mjs';

const GROUPS = ['set up', 'record', 'share', 'read'];

const { COMMANDS, COMMON, VERSION } = await bundled(
  `export { COMMON } from './src/cli/command.ts'; export { COMMANDS } from './src/cli/commands/index.ts';
   export { VERSION } from './src/core/version.ts';`,
);

const path = join(root, 'man/git-trace.1');
const text = await page();
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
} else if (read() !== text) {
  process.stderr.write("error: man/git-trace.1 is not what the commands say\nhint: run 'npm run man'\n");
  process.exitCode = 1;
}

async function page() {
  const sections = [];
  for (const group of GROUPS) {
    const entries = Object.values(COMMANDS).filter((entry) => entry.group === group);
    if (entries.length === 0) continue;
    sections.push(`.SS ${quoted(group.charAt(0).toUpperCase() + group.slice(1))}`);
    for (const entry of entries) {
      const loaded = await entry.load();
      sections.push(...command(loaded));
      for (const part of Object.values(loaded.parts ?? {})) sections.push(...command(await part()));
    }
  }
  return `${[
    `.\\" made by scripts/man.mjs; change the commands, or that script`,
    `.TH GIT\\-TRACE 1 "" ${quoted(`git-trace ${VERSION}`)} "Git Manual"`,
    '.SH NAME',
    'git\\-trace \\- keep how a pull request came to be, inside git',
    '.SH SYNOPSIS',
    '\\fBgit trace\\fR \\fI<command>\\fR [\\fI<args>\\fR]',
    '.br',
    '\\fBgit trace\\fR \\fI<command>\\fR \\fB\\-h\\fR',
    '.SH DESCRIPTION',
    ...paragraphs(`Records what happens around commits: commands, edits, results of tests, commits, pushes, notes, and events of other tools. Keeps it as a journal per pull request in the repository itself, under refs/traces/, outside of branches and work tree. After 'git trace init' a plain 'git push' takes along the trace of what it pushes, and 'git trace show 42' replays that of pull request 42, in any clone.

Secrets are taken out before anything is written to git, as far as they can be told. Whoever may read the repository may read the traces that were pushed to it.`),
    '.SH COMMANDS',
    ...paragraphs(
      `<pr> stands for a pull request's number, #42, owner/repo#42, the URL of a pull request, a branch, or a ref below refs/traces/. Without it the current branch is meant. With --json a command prints JSON, and an error as JSON too, to standard error. 'git trace <command> -h' prints what is said here of one command.`,
    ),
    ...sections,
    '.SH CONFIGURATION',
    ...terms([
      ['trace.push', "whether 'git push' takes traces along; true unless said otherwise"],
      [
        'trace.pushWait',
        "milliseconds that 'git push' waits for it, 300 unless said otherwise; after that it goes on in the background. Run 'git trace init' again after changing it",
      ],
      ['trace.timeout', 'seconds that one conversation with a remote may take; 120 unless said otherwise'],
      ['trace.recorder', 'whether a background process records edits; true unless said otherwise'],
      ['trace.hooks', 'with "files", hooks stand in the hooks folder even where git could have them in its configuration'],
      [
        'trace.captureCommands, captureOutput, captureEdits, captureDiffs, captureNavigation, capturePrompts',
        'with false, those are not recorded',
      ],
      ['trace.exclude, trace.excludeCommand', 'paths whose edits, and commands whose text, are not recorded (many)'],
      ['trace.redact', 'a rule of your own for secrets, <kind>=<pattern> (many)'],
      ['trace.testReport', 'where test reports lie (many)'],
      ['branch.<name>.trace', "the pull request of a branch, as 'git trace link' writes it; the last value counts"],
      ['branch.<name>.traceRecordedAs', 'names under which the branch was recorded before it was linked'],
    ]),
    '.SH ENVIRONMENT',
    ...terms([
      ['GITTRACE', 'with 0, hooks, shells and run record nothing; notes and batches are taken all the same'],
      ['DO_NOT_TRACK', 'with 1, the same'],
      [
        'GITTRACE_SESSION',
        'the session that everything recorded below belongs to: letters, digits, dot, underscore and hyphen, at most 64',
      ],
      ['GITTRACE_TOKEN', "what 'git trace ci' pushes with over HTTPS"],
      ['GITTRACE_CI_REMOTE', "where 'git trace ci' sends to; docs/ci.md has more variables of that kind"],
      ['GITTRACE_DEBUG', 'with 1, the causes of an error are shown'],
      ['NO_COLOR', 'no colours'],
    ]),
    '.SH FILES',
    ...terms([
      ['refs/traces/<trace>/journal', 'a trace; <trace> is a number, or heads/ and the name of a branch without a pull request'],
      ['refs/trace-remotes/<remote>/', 'traces as they were last seen on a remote'],
      ['.gittrace.json', 'in the top folder of the work tree: what a team wants recorded, and what not'],
      ['.git/trace/spool/', 'what was recorded and is not in a journal yet'],
      ['.git/trace/quarantine/', "what could not be read, with the reason; 'git trace status' tells of it"],
    ]),
    '.SH EXIT STATUS',
    ...terms([
      ['0', 'done'],
      ['1', 'the answer is no: something was rejected, not delivered, or not found to be right'],
      ['128', 'it cannot be done'],
      ['129', 'it was called wrongly'],
    ]),
    ...paragraphs("'git trace run' ends as the command that it ran."),
    '.SH NOTES',
    ...paragraphs(
      `'git trace --help' is answered by git itself, which opens this page; that needs man to find it. After 'npm install --global' it is beside the pages of npm. 'git trace -h' needs nothing.`,
    ),
    '.SH SEE ALSO',
    '\\fBgit\\fR(1), \\fBgit\\-push\\fR(1), \\fBgithooks\\fR(5), \\fBgit\\-notes\\fR(1)',
  ].join('\n')}\n`;
}

/** One command: how it is called, what it does, its options and examples. */
function command({ usage, description, options, examples }) {
  const lines = usage.flatMap((line, i) => [
    i === 0 ? '.PP' : '.br',
    `\\fBgit trace ${escaped(line.split(' ')[0] ?? '')}\\fR ${escaped(line.split(' ').slice(1).join(' '))}`.trim(),
  ]);
  return [
    ...lines,
    '.RS 4',
    ...paragraphs(description.replaceAll(/([^\n])\n(?!\n)/g, '$1 ')).slice(1),
    ...terms(
      Object.entries(options)
        .filter(([name]) => !(name in COMMON))
        .map(([name, { short, value, summary, multiple }]) => [
          `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
          `${summary}${multiple ? ' (can be repeated)' : ''}`,
        ]),
    ),
    ...(examples.length === 0
      ? []
      : ['.PP', 'Examples:', '.nf', ...examples.map(([line, does]) => `    ${escaped(`${line.padEnd(44)}  # ${does}`)}`), '.fi']),
    '.RE',
  ];
}

function paragraphs(words) {
  return words.split('\n\n').flatMap((words) => ['.PP', escaped(words)]);
}

function terms(pairs) {
  return pairs.flatMap(([term, meaning]) => ['.TP', `\\fB${escaped(term)}\\fR`, escaped(meaning)]);
}

function quoted(words) {
  return `"${escaped(words).replaceAll('"', '\\(dq')}"`;
}

/** Text that roff takes as it is: no escapes, no requests, no character but ASCII. */
function escaped(words) {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('…', '...')
    .replaceAll(/[^\n -~]/g, (char) => `\\[u${char.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`)
    .replaceAll(/^\./gm, '\\&.');
}

function read() {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
