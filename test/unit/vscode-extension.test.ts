/** What the example extension decides, with a VS Code, a disk and a client of our own; test/e2e/vscode.test.ts drives the packed one. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

interface Told {
  type: string;
  payload: Record<string, unknown>;
}

/** What of the extension is used here. */
interface Recorder {
  startRecording(vscode: unknown, sites: unknown, outside: unknown): { disposables: { dispose(): void }[]; end(): Promise<void> };
}

// plain JavaScript, whose function is named above
const { startRecording } = (await import(fileURLToPath(new URL('../../examples/vscode/recorder.mjs', import.meta.url)))) as Recorder;

interface FakeDocument {
  uri: { scheme: string; fsPath: string; toString(): string };
}

const document = (path: string, scheme = 'file'): FakeDocument => ({
  uri: { scheme, fsPath: path, toString: () => `${scheme}://${path}` },
});

/** A VS Code with one repository in `/shop`, a disk, and all that its client was told. */
function world(
  settings: Record<string, unknown> = {},
  options: { isRecorded?: boolean; answer?: string; outcome?: string; leftOut?: string; open?: FakeDocument[] } = {},
) {
  const told: Told[] = [];
  const messages: string[] = [];
  const disk = new Map<string, string | null>();
  const heard = new Map<string, (event: unknown) => unknown>();
  const waiting = new Set<() => void>();
  let closed = 0;
  const on = (name: string) => (listener: (event: unknown) => unknown) => {
    heard.set(name, listener);
    return { dispose: () => heard.delete(name) };
  };
  const client = {
    enqueue: (event: Told) => told.push(event),
    fireSync: async (event: Told) => {
      told.push(event);
      return options.outcome ?? 'kept';
    },
    close: async () => {
      closed++;
    },
  };
  const vscode = {
    workspace: {
      textDocuments: options.open ?? [],
      getConfiguration: () => ({ get: (name: string) => settings[name] }),
      onDidOpenTextDocument: on('open'),
      onWillSaveTextDocument: on('will save'),
      onDidSaveTextDocument: on('save'),
      onDidCloseTextDocument: on('close'),
    },
    window: {
      activeTextEditor: { document: document('/shop/price.ts'), selection: { active: { line: 11, character: 0 } } },
      onDidChangeTextEditorSelection: on('select'),
      showInputBox: async () => options.answer,
      showInformationMessage: (text: string) => messages.push(text),
      setStatusBarMessage: (text: string) => messages.push(text),
    },
    commands: { registerCommand: (_: string, command: () => unknown) => on('note')(command) },
  };
  const of = (path: string) => {
    const name = path.replace('/shop/', '');
    const { isRecorded = false } = options;
    return name === path ? undefined : { path: name, client, isRecorded, isLeftOut: () => name === options.leftOut };
  };
  const outside = {
    // what the disk has not is no text
    read: (path: string) => disk.get(path),
    after(_: number, work: () => void) {
      waiting.add(work);
      return () => waiting.delete(work);
    },
  };
  const recording = startRecording(vscode, { of, all: () => [client] }, outside);
  const fire = (name: string, event?: unknown) => heard.get(name)?.(event);
  return {
    disk,
    told,
    messages,
    recording,
    waiting,
    heard,
    fire,
    /** Saves as VS Code does, unless it is in a hurry. */
    save(file: FakeDocument, text: string, isHurried = false) {
      if (!isHurried) fire('will save', { document: file });
      disk.set(file.uri.fsPath, text);
      fire('save', file);
    },
    closed: () => closed,
  };
}

describe('edits', () => {
  function save(settings: Record<string, unknown>, options: { isRecorded?: boolean; leftOut?: string } = {}, path = '/shop/src/price.ts') {
    const here = world(settings, options);
    const file = document(path);
    here.disk.set(path, 'a\nb\nc\n');
    here.fire('open', file);
    here.save(file, 'a\nB\nc\n');
    here.save(file, 'a\nB\nc\n'); // nothing new
    return here.told;
  }

  test('are told when a file is saved, with what changed', () => {
    expect(save({ edits: 'auto' })).toEqual([
      {
        type: 'edit',
        payload: {
          file: 'src/price.ts',
          change_summary: '+1/-1',
          additions: 1,
          deletions: 1,
          diff_snippet: '--- a/src/price.ts\n+++ b/src/price.ts\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n',
          status: 'modified',
          source: 'vscode',
        },
      },
    ]);
  });

  test('are not told where they are recorded already, where nobody wants it, of files elsewhere, and of those that are left out', () => {
    expect(save({}, { isRecorded: true })).toEqual([]);
    expect(save({ edits: 'off' })).toEqual([]);
    expect(save({ edits: 'on' }, {}, '/elsewhere/x')).toEqual([]);
    expect(save({ edits: 'on' }, { leftOut: 'src/price.ts' })).toEqual([]);
    expect(save({ edits: 'on' }, { isRecorded: true })).toHaveLength(1);
  });

  test('are what the person changed, not what a checkout did to the file meanwhile', () => {
    const here = world();
    const file = document('/shop/a');
    here.disk.set('/shop/a', 'old\n');
    here.fire('open', file);
    here.disk.set('/shop/a', 'from a checkout\n');
    here.save(file, 'from a checkout\nmine\n');
    expect(here.told).toMatchObject([{ payload: { additions: 1, deletions: 0 } }]);
    // a window that closes may not say that it will save
    here.save(file, 'from a checkout\n', true);
    expect(here.told).toMatchObject([{}, { payload: { additions: 0, deletions: 1 } }]);
  });

  test('of a new file say so; of what is no text nothing is told', () => {
    const here = world();
    here.disk.set('/shop/new', null);
    here.save(document('/shop/new'), 'a\n');
    expect(here.told).toMatchObject([{ payload: { status: 'added', diff_snippet: '--- /dev/null\n+++ b/new\n@@ -0,0 +1,1 @@\n+a\n' } }]);
    here.disk.delete('/shop/picture');
    here.save(document('/shop/picture'), 'then text\n');
    here.save(document('/shop/untitled', 'untitled'), 'a\n');
    expect(here.told).toHaveLength(1);
  });

  test('of a file that was open when the extension began, and of none that was closed', () => {
    const file = document('/shop/a');
    const here = world({}, { open: [file] });
    here.disk.set('/shop/a', 'a\n');
    here.fire('open', file);
    here.fire('close', file);
    here.save(file, 'b\n', true);
    expect(here.told).toEqual([]);
  });
});

describe('looked-at lines', () => {
  const editor = { document: document('/shop/a'), selection: { active: { line: 4, character: 2 } } };

  test('are told once the cursor rests, if somebody wants it', () => {
    const here = world({ navigation: true });
    here.fire('select', { textEditor: editor });
    here.fire('select', { textEditor: editor });
    expect(here.waiting.size).toBe(1);
    for (const work of here.waiting) work();
    expect(here.told).toEqual([{ type: 'navigation', payload: { file: 'a', line: 5, column: 3 } }]);
  });

  test('are nobody’s business otherwise', () => {
    const here = world();
    here.fire('select', { textEditor: editor });
    expect(here.waiting.size).toBe(0);
  });
});

test.each([
  ['sent', 'git trace: noted'],
  ['kept', 'git trace: noted, and sent later'],
])('a note has its place, and one that is %s is said to be', async (outcome, message) => {
  const here = world({}, { answer: ' the law has changed ', outcome });
  await here.fire('note');
  expect(here.told).toEqual([{ type: 'annotation', payload: { text: 'the law has changed', target: 'price.ts:12' } }]);
  expect(here.messages).toEqual([message]);
  const silent = world({}, { answer: '  ' });
  await silent.fire('note');
  expect([silent.told, silent.messages]).toEqual([[], []]);
});

test('is built with the tools that it is tested with', () => {
  // both are ours
  const tools = (path: string) => (JSON.parse(readFileSync(path, 'utf8')) as { devDependencies: Record<string, string> }).devDependencies;
  const { 'git-trace': own, ...others } = tools('examples/vscode/package.json');
  expect(own).toBe('file:../..');
  expect(tools('package.json')).toMatchObject(others);
});

test('at the end the session ends, the client is let go, and nobody listens', async () => {
  const here = world({ navigation: true });
  here.fire('select', { textEditor: { document: document('/shop/a'), selection: { active: { line: 0, character: 0 } } } });
  await here.recording.end();
  for (const one of here.recording.disposables) one.dispose();
  expect(here.told).toEqual([{ type: 'session_ended', payload: { status: 'completed' } }]);
  expect([here.closed(), here.waiting.size, here.heard.size]).toEqual([1, 0, 0]);
});
