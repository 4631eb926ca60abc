/** `git trace init`: hooks, and a plain word on what is recorded and where it goes; `--uninstall` takes it all back. */
import { hookFiles } from '../../adapters/fs/hook-files.ts';
import { packageFile, packagePath } from '../../adapters/fs/package-files.ts';
import { installHooks, uninstallHooks } from '../../capture/install.ts';
import { fail, messageOf } from '../../core/errors.ts';
import type { GitConfig, Repository } from '../../core/ports.ts';
import { TRACES } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { loadState } from '../../journal/state.ts';
import { QUARANTINE } from '../../spool/quarantine.ts';
import { spoolBacklog } from '../../spool/read.ts';
import { RECORDED_AS } from '../../sync/fetch.ts';
import { addAgents, agentsMeant, removeAgents } from '../agent-hooks.ts';
import type { Command, Input } from '../command.ts';
import { consentLines, hookLines, undoLines } from '../consent.ts';
import type { Context } from '../context.ts';
import { recordEdits } from '../edits.ts';
import { configure, hookSite } from '../hook-site.ts';
import { hostsOfRemotes } from '../host.ts';
import { counted } from '../output.ts';
import { addToRcFile, isLoaded, removeFromRcFiles, shellMeant } from '../rc-files.ts';
import { stopRecorder } from '../recorder.ts';
import { localTraces, remoteNames } from '../remote.ts';

export const init: Command = {
  name: 'init',
  summary: 'record this repository: hooks and configuration',
  usage: [
    'init [--no-push] [--shell [bash|zsh|fish]] [--agent <agent>] [--dry-run]',
    'init --uninstall [--purge] [--shell] [--dry-run]',
    'init --uninstall --agent <agent>',
  ],
  description:
    "Begins to record here: commits, branches, pushes, edits and tests; a plain 'git push' takes the traces of what it pushes\n" +
    'along. Installs hooks beside those that are there, which go on working; with git 2.54 and later they stand in the\n' +
    'configuration, unless trace.hooks is "files". Safe to run again at any time.\n' +
    'With --shell also adds one line to your rc file, so that new terminals record the commands that you type here.\n' +
    "With --agent also puts hooks into a coding agent's settings for this project: what it is asked, runs and edits is\n" +
    'recorded as its own.',
  options: {
    'no-push': { type: 'boolean', summary: "do not send traces with 'git push'; 'git trace push' does it by hand" },
    shell: {
      type: 'boolean',
      summary: 'record typed commands too: a line in the rc file; with --uninstall: take it out everywhere',
    },
    agent: {
      type: 'string',
      value: '<agent>',
      multiple: true,
      summary: 'record a coding agent: claude-code, codex, cursor or gemini',
    },
    'dry-run': { type: 'boolean', summary: 'say what would be done and do nothing' },
    uninstall: { type: 'boolean', summary: 'remove everything that init installed; recorded traces stay' },
    purge: { type: 'boolean', summary: 'with --uninstall: remove the recorded traces of this clone too' },
  },
  arguments: { min: 0, max: 1 },
  examples: [
    ['git trace init', 'begin to record'],
    ['git trace init --shell', 'and the commands typed in your shell'],
    ['git trace init --agent claude-code', 'and what Claude Code does here'],
    ['git trace init --uninstall', 'as if it had never been here'],
  ],
  async run(context, input) {
    const repository = await context.repository();
    if (input.flag('purge') && !input.flag('uninstall'))
      throw fail('usage', '--purge goes with --uninstall', ['usage: git trace init --uninstall --purge']);
    const [shell] = input.positionals;
    if (shell !== undefined && (!input.flag('shell') || input.flag('uninstall')))
      throw fail('usage', `'git trace init' has no use for "${shell}"`, [
        `usage: git trace ${init.usage[input.flag('uninstall') ? 1 : 0]}`,
      ]);
    return input.flag('uninstall') ? uninstall(context, repository, input) : install(context, repository, input);
  },
};

const DRY_RUN = 'nothing is done; without --dry-run it would be:';

async function install(context: Context, repository: Repository, input: Input): Promise<number> {
  const { config } = repository;
  const { say } = context.output;
  const dryRun = input.flag('dry-run');
  const shell = input.flag('shell') ? shellMeant(context, input.positionals[0]) : undefined;
  const agents = agentsMeant(input.texts('agent'));
  // a policy that cannot be used is said before anything is done
  const policy = await context.policy();
  const pushWait = config.get('trace.pushwait');
  const content = {
    hookScript: packageFile('hooks/hook.sh'),
    pushScript: packageFile('hooks/push.sh'),
    recorderScript: packageFile('hooks/recorder-start.sh'),
    node: process.execPath,
    script: packagePath('bin/git-trace.js'),
    pushWait: pushWait === undefined || !/^[0-9]{1,6}$/.test(pushWait) ? undefined : Number(pushWait),
  };
  const plan = installHooks(hookFiles, await hookSite(context, repository), content, { dryRun });
  const { reports } = plan;
  if (!dryRun) await configure(config, plan.config);
  if (!dryRun && input.flag('no-push') && config.flag('trace.push') !== false) await config.set('trace.push', 'false');
  if (dryRun) say(DRY_RUN);
  for (const line of hookLines(reports)) say(line);
  if (shell !== undefined) addToRcFile(context, await context.files(), shell, dryRun);
  addAgents(context, repository, await context.files(), agents, dryRun);
  if (!dryRun) await recordEdits(context, 'init', { baseline: true });
  const pushes = !input.flag('no-push') && config.flag('trace.push') !== false;
  say('');
  const typed = shell !== undefined || isLoaded(context);
  const hosts = pushes && config.flag('trace.link') !== false ? await hostsOfRemotes(context) : [];
  for (const line of consentLines({ policy, typed, pushes, remotes: remoteNames(config), hosts })) say(line);
  return 0;
}

/** What linking wrote into the configuration. */
function linksOf(config: GitConfig): Set<string> {
  const ours = ['.trace', `.${RECORDED_AS.toLowerCase()}`];
  return new Set(config.entries('branch.').flatMap(([key]) => (ours.some((end) => key.endsWith(end)) ? [key] : [])));
}

async function uninstall(context: Context, repository: Repository, input: Input): Promise<number> {
  const { config, refs } = repository;
  const { say } = context.output;
  const dryRun = input.flag('dry-run');
  const files = await context.files();
  const agents = agentsMeant(input.texts('agent'));
  if (agents.length > 0) {
    removeAgents(context, files, agents, dryRun);
    return 0;
  }
  const wasThere = files.exists('.');
  const traces = await localTraces(repository);
  const purge = input.flag('purge');
  if (!dryRun && !purge && spoolBacklog(files, context.clock, loadState(files).offsets).records > 0) {
    // what was recorded belongs to the person: it goes into the journal before the spool goes
    await flush(await context.flushPorts(), { wait: 30_000 });
  }
  if (!dryRun) await stopRecorder(files);
  const site = await hookSite(context, repository);
  if (!dryRun) await configure(config, uninstallHooks(hookFiles, site, { dryRun: true }).config);
  const { reports } = uninstallHooks(hookFiles, site, { dryRun });
  if (dryRun) say(DRY_RUN);
  for (const line of undoLines(reports.map(({ text }) => text))) say(line);
  removeAgents(context, files, [], dryRun);
  removeFromRcFiles(context, files, { all: input.flag('shell'), dryRun });
  const aside = files.list(QUARANTINE).filter((name) => name.endsWith('.json')).length;
  if (!dryRun) {
    for (const key of linksOf(config)) await config.unset(key);
    for (const [key] of config.entries('trace.')) await config.unset(key).catch((error: unknown) => say(`warning: ${messageOf(error)}`));
    for (const name of [
      'spool',
      'ids',
      'state.json',
      'pending.json',
      'pending.lock',
      'writer',
      'hook.sh',
      'push.sh',
      'recorder-start',
      'bin',
      'push-wait',
      'configured',
      'checkout',
      'agents.json',
      'installed.json',
      'paused',
      'pause',
      'worktrees',
      'recorder.json',
      'recorder.lock',
    ])
      files.remove(name);
    if (purge || aside === 0) files.remove('.');
    if (purge) {
      const all = await refs.list([TRACES, 'refs/trace-remotes/']);
      await refs.update(all.map(({ name, oid }) => ({ name, before: oid, after: undefined })));
    }
  }
  say(
    wasThere
      ? `${dryRun ? 'would remove' : 'removed'} the hooks, the links of branches, and the folder '${files.path}'`
      : 'git trace is not installed here',
  );
  if (aside > 0 && !purge) say(`kept ${counted(aside, 'unreadable record')} in '${files.path}/${QUARANTINE}'`);
  if (traces.length > 0)
    say(
      purge
        ? `${dryRun ? 'would remove' : 'removed'} ${counted(traces.length, 'trace')} from this clone`
        : `kept ${counted(traces.length, 'trace')} in ${TRACES}; '--purge' removes them too`,
    );
  return 0;
}
