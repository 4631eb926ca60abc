/**
 * What the extension does, apart from VS Code and the disk: it is given both, so that it can be tried without either.
 * Edits are told when a file is saved, lines that are looked at only if somebody wants that, notes when they are written.
 */
import { editOf } from './edit.mjs';

/** Milliseconds that a cursor rests before its line counts as looked at. */
const REST = 1_000;

/**
 * Begins to record.
 *
 * @param {typeof import('vscode')} vscode
 * @param sites `of(path)` tells where a file belongs: `{path, client, isRecorded, isLeftOut()}`, or nothing where git trace is not
 *   wanted. Edits that are recorded by git trace itself need not be told, of what is left out only notes are; `all()` are the
 *   clients of this window
 * @param outside `read(path)` is the text of a file, null where there is none, nothing where it is no text; `after(milliseconds,
 *   work)` answers with what cancels it
 * @returns what VS Code disposes of, and `end()`
 */
export function startRecording(vscode, sites, outside) {
  /** The text that each file has on the disk, as far as we know. */
  const texts = new Map();
  const setting = (name) => vscode.workspace.getConfiguration('gitTrace').get(name);
  const placeOf = ({ uri }) => (uri.scheme === 'file' ? sites.of(uri.fsPath) : undefined);
  let cancel = () => {};

  // also just before it is saved: a checkout may have written it meanwhile, and that is nobody's edit
  const remember = ({ uri }) => {
    if (uri.scheme === 'file') texts.set(uri.toString(), outside.read(uri.fsPath));
  };

  const saved = (document) => {
    const before = texts.get(document.uri.toString());
    remember(document);
    const after = texts.get(document.uri.toString());
    const wanted = setting('edits');
    if (before === undefined || typeof after !== 'string' || before === after || wanted === 'off') return;
    const place = placeOf(document);
    if (place === undefined || (wanted !== 'on' && place.isRecorded) || place.isLeftOut()) return;
    place.client.enqueue({ type: 'edit', payload: { ...editOf(place.path, before, after), source: 'vscode' } });
  };

  const looked = ({ textEditor }) => {
    cancel();
    if (setting('navigation') !== true) return;
    cancel = outside.after(REST, () => {
      const place = placeOf(textEditor.document);
      if (place === undefined || place.isLeftOut()) return;
      const { line, character } = textEditor.selection.active;
      place.client.enqueue({ type: 'navigation', payload: { file: place.path, line: line + 1, column: character + 1 } });
    });
  };

  const note = async () => {
    const editor = vscode.window.activeTextEditor;
    const place = editor === undefined ? undefined : placeOf(editor.document);
    if (editor === undefined || place === undefined) {
      vscode.window.showInformationMessage('git trace: open a file of a repository in which git trace init, or serve, was run');
      return;
    }
    const target = `${place.path}:${editor.selection.active.line + 1}`;
    const text = await vscode.window.showInputBox({ prompt: 'Why? Everybody who reads the trace will see the note' });
    if (text === undefined || text.trim() === '') return;
    const outcome = await place.client.fireSync({ type: 'annotation', payload: { text: text.trim(), target } });
    vscode.window.setStatusBarMessage(outcome === 'sent' ? 'git trace: noted' : 'git trace: noted, and sent later', 4_000);
  };

  for (const document of vscode.workspace.textDocuments) remember(document);
  return {
    disposables: [
      vscode.workspace.onDidOpenTextDocument(remember),
      vscode.workspace.onWillSaveTextDocument(({ document }) => remember(document)),
      vscode.workspace.onDidSaveTextDocument(saved),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => void texts.delete(uri.toString())),
      vscode.window.onDidChangeTextEditorSelection(looked),
      vscode.commands.registerCommand('gitTrace.note', note),
      { dispose: () => cancel() },
    ],
    async end() {
      cancel();
      await Promise.all(
        sites.all().map((client) => {
          client.enqueue({ type: 'session_ended', payload: { status: 'completed' } });
          return client.close();
        }),
      );
    },
  };
}
