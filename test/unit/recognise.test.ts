/** Which command lines run tests, and with what. */
import { describe, expect, test } from 'vitest';
import { recogniseLine, recogniseWords } from '../../src/capture/tests/recognise.ts';

describe('a line', () => {
  test.each([
    ['vitest', 'vitest'],
    ['npx vitest run --coverage', 'vitest'],
    ['npx --yes -p vitest@4 vitest run', 'vitest'],
    ['pnpm exec vitest', 'vitest'],
    ['pnpm vitest run', 'vitest'],
    ['yarn jest --ci', 'jest'],
    ['yarn run jest', 'jest'],
    ['./node_modules/.bin/mocha test/*.js', 'mocha'],
    ['NODE_ENV=test CI=1 npx jest', 'jest'],
    ['cross-env NODE_ENV=test jest', 'jest'],
    ['env -u HOME A=1 node --test', 'node:test'],
    ['node --import tsx --test test/*.ts', 'node:test'],
    ['nyc mocha', 'mocha'],
    ['c8 -r html node --test', 'node:test'],
    ['pytest -q', 'pytest'],
    ['python -m pytest tests', 'pytest'],
    ['python3 -X dev -m pytest', 'pytest'],
    ['python3 -m unittest discover', 'unittest'],
    ['uv run pytest', 'pytest'],
    ['uv run --with pytest-xdist pytest -n 4', 'pytest'],
    ['poetry run pytest', 'pytest'],
    ['coverage run -m pytest', 'pytest'],
    ['python -m coverage run -m pytest -x', 'pytest'],
    ['timeout 60 go test ./...', 'go test'],
    ['time -p cargo test', 'cargo test'],
    ['cargo +nightly test --lib', 'cargo test'],
    ['bundle exec rspec', 'rspec'],
    ['mvn -q verify', 'surefire'],
    ['./gradlew :app:test', 'gradle'],
    ['cd api && npx jest', 'jest'],
    ['npm run build; npm test', 'script'],
    ['npm t', 'script'],
    ['npm run test:unit -- --watch=false', 'script'],
    ['npm --prefix api test', 'script'],
    ['pnpm --filter api run test', 'script'],
    ['yarn workspace api test', 'script'],
    ['pnpm test', 'script'],
    ['yarn test', 'script'],
    ['make -j4 check', 'script'],
    ['make test', 'script'],
    ['tox -e py311', 'script'],
    ["sh -c 'cd x && pytest'", 'pytest'],
    ['bash -lc "npx vitest run"', 'vitest'],
    ['(cd x; go test)', 'go test'],
    ['go test ./... | tee log', 'go test'],
    ['# npm test', undefined],
    ['ls -l', undefined],
    ['npm install jest', undefined],
    ['npm run lint', undefined],
    ['git commit -m "npm test"', undefined],
    ['echo pytest', undefined],
    ['vim test.js', undefined],
    ['cat test', undefined],
    ['node test.js', undefined],
    ['go build', undefined],
    ['cargo build', undefined],
    ['vitest bench', undefined],
    ['test -f x', undefined],
    ['make', undefined],
    ['', undefined],
    ["'", undefined],
  ])('%s → %s', (line, runner) => {
    expect(recogniseLine(line)?.runner).toBe(runner);
  });

  test('however deep it is wrapped, it ends', () => {
    expect(recogniseLine(`${'sh -c '.repeat(1_000)} pytest`)).toBeUndefined();
    expect(recogniseLine(`${'env '.repeat(5_000)} pytest`)).toBeUndefined();
  });
});

test.each([
  [['npx', 'vitest', 'run'], 2],
  [['env', 'A=1', 'python3', '-m', 'pytest', '-q'], 5],
  [['cargo', '+nightly', 'test', '--lib'], 3],
  [['go', 'test', './...'], 2],
  [['node', '--test'], 1],
  [['npm', 'test'], undefined],
])("%j: the runner's own arguments begin at %s", (words, at) => {
  expect(recogniseWords(words)?.argumentsAt).toBe(at);
});
