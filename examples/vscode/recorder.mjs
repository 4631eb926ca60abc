/**
 * What the extension does, apart from VS Code and the disk: it is given both, so that it can be tried without either.
 * Edits are told when a file is saved, lines that are looked at only if somebody wants that, notes when they are written.
 */

/** Milliseconds that a cursor rests before its line counts as looked at. */
const REST = 1_000;
/** Characters of a file whose edits are told; and of a diff. */
const LARGEST = 1_000_000;
const DIFF = 16_000;
/** Lines around a change. */
const CONTEXT = 3;

/**
 * Begins to record.
 *
 * @param vscode the module `vscode`
 * @param sites finds the repository of a folder: `{top, client, isRecorded}`, or nothing where git trace is not wanted
 * @param timers `after(milliseconds, work)` answers with what cancels it
 * @returns what VS Code disposes of, and `end()`
 */
export function startRecording(vscode, sites, timers) {
  const before = new Map();
  const setting = (name) => vscode.workspace.getConfiguration('gitTrace').get(name);
  let cancel = () => undefined;

  /** The repository of a document of a file, and the file's path in it. */
  const placeOf = ({ uri }) => {
    const site = uri.scheme === 'file' ? sites.of(uri.fsPath) : undefined;
    const path = site === undefined ? undefined : uri.fsPath.slice(site.top.length + 1).replaceAll('\\', '/');
    return path === undefined || path === '' ? undefined : { site, path };
  };

  const remember = (document) => {
    if (document.uri.scheme === 'file') before.set(document.uri.toString(), document.getText());
  };

  const saved = (document) => {
    const old = before.get(document.uri.toString());
    remember(document);
    const place = placeOf(document);
    const wanted = setting('edits') ?? 'auto';
    if (place === undefined || old === undefined || wanted === 'off' || (wanted === 'auto' && place.site.isRecorded)) return;
    const payload = editOf(place.path, old, document.getText());
    if (payload !== undefined) place.site.client.enqueue({ type: 'edit', payload: { ...payload, source: 'vscode' } });
  };

  const looked = ({ textEditor }) => {
    cancel();
    if (setting('navigation') !== true) return;
    cancel = timers.after(REST, () => {
      const place = placeOf(textEditor.document);
      const { line, character } = textEditor.selection.active;
      if (place === undefined) return;
      place.site.client.enqueue({ type: 'navigation', payload: { file: place.path, line: line + 1, column: character + 1 } });
    });
  };

  const note = async () => {
    const editor = vscode.window.activeTextEditor;
    const place = editor === undefined ? undefined : placeOf(editor.document);
    if (place === undefined) return void vscode.window.showInformationMessage('git trace: this file is in no repository that is served');
    const text = await vscode.window.showInputBox({ prompt: 'Why? The note is seen by everybody who reads the trace' });
    if (text === undefined || text.trim() === '') return;
    const target = `${place.path}:${editor.selection.active.line + 1}`;
    const outcome = await place.site.client.fireSync({ type: 'annotation', payload: { text: text.trim(), target } });
    vscode.window.setStatusBarMessage(outcome === 'sent' ? 'git trace: noted' : 'git trace: noted, and sent later', 4_000);
  };

  for (const document of vscode.workspace.textDocuments) remember(document);
  return {
    disposables: [
      vscode.workspace.onDidOpenTextDocument(remember),
      vscode.workspace.onDidSaveTextDocument(saved),
      vscode.workspace.onDidCloseTextDocument((document) => before.delete(document.uri.toString())),
      vscode.window.onDidChangeTextEditorSelection(looked),
      vscode.commands.registerCommand('gitTrace.note', note),
    ],
    async end() {
      cancel();
      await Promise.all(
        sites.all().map(async ({ client }) => {
          client.enqueue({ type: 'session_ended', payload: { status: 'completed' } });
          await client.close();
        }),
      );
    },
  };
}

/** An edit as an event tells it; nothing where nothing changed, or the file is too large. */
export function editOf(path, before, after) {
  if (before === after || Math.max(before.length, after.length) > LARGEST) return undefined;
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const from = Math.max(0, head - CONTEXT);
  const [gone, come] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  const [lead, trail] = [old.slice(from, head), old.slice(old.length - tail, old.length - tail + CONTEXT)];
  const around = lead.length + trail.length;
  const diff = [
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -${from + 1},${gone.length + around} +${from + 1},${come.length + around} @@`,
    ...lead.map((line) => ` ${line}`),
    ...gone.map((line) => `-${line}`),
    ...come.map((line) => `+${line}`),
    ...trail.map((line) => ` ${line}`),
    '',
  ].join('\n');
  return {
    file: path,
    change_summary: `+${come.length}/-${gone.length}`,
    additions: come.length,
    deletions: gone.length,
    diff_snippet: diff.length <= DIFF ? diff : diff.slice(0, diff.lastIndexOf('\n', DIFF) + 1),
    status: 'modified',
    ...(diff.length <= DIFF ? {} : { truncated: true }),
  };
}

function linesOf(text) {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
