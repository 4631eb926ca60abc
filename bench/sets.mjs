/** Which benches `npm run bench`, `npm run bench:capture` and `npm run bench:ci` run, by the letter that picks one, and where the table goes. */
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
};
