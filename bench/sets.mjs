/** Which benches `npm run bench` and `npm run bench:capture` run, by the letter that picks one, and where the table goes. */
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
};
