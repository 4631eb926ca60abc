/**
 * Runs before each test file: a folder of its own with a home, and the hermetic environment. The folder, and so every
 * repository made below it, is removed when the file is done.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { hermeticEnvironment, makeHome } from './environment.ts';
import { removeFolder } from './remove-folder.ts';

const folder = mkdtempSync(join(inject('temporaryFolder'), 'file-'));
const environment = hermeticEnvironment(process.env, folder);
makeHome(environment);
for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
Object.assign(process.env, environment);

// tens of thousands of files, on a busy disk
const LIMIT = 300_000;

afterAll(() => removeFolder(folder), LIMIT);
