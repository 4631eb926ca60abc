// From a fresh clone to the first trace: installs, builds, then shows the command's help.
import { ready, root, run } from './ready.mjs';

ready();
process.exitCode = run(process.execPath, [`${root}/bin/git-trace.js`, '-h']);
