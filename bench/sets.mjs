/** Which benches `npm run bench`, `bench:capture`, `bench:ci`, `bench:sync`, `bench:replay` and `bench:scale` run, by the letter that picks one, and where the table goes. */
export const SETS = {
  bench: {
    benches: { a: 'hook-commit', b: 'hook-push', c: 'flush', d: 'show', e: 'size', f: 'start' },
    page: 'measurements.md',
    title: 'Measurements',
  },
  'bench:capture': {
    benches: { h: 'hooks', r: 'redact', k: 'edits', p: 'prompt', t: 'test-reports' },
    page: 'measurements-capture.md',
    title: 'Measurements of capture',
  },
  'bench:ci': {
    benches: { r: 'ci-report', c: 'ci-comment', s: 'summary' },
    page: 'measurements-ci.md',
    title: 'Measurements of CI',
  },
  'bench:sync': {
    benches: { d: 'sync', u: 'union' },
    page: 'measurements-sync.md',
    title: 'Measurements of sync',
  },
  'bench:replay': {
    benches: { f: 'replay', h: 'html', t: 'replay-tui' },
    page: 'measurements-replay.md',
    title: 'Measurements of replay',
  },
  'bench:scale': {
    benches: { m: 'scale', n: 'strangers' },
    page: 'measurements-scale.md',
    title: 'Measurements of scale',
  },
  'bench:ingest': {
    benches: { i: 'ingest' },
    page: 'measurements-ingest.md',
    title: 'Measurements of events over HTTP',
  },
};
