// Runs the tests of one project, one file after the other: each has a browser of its own, and
// software GPUs take every core.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [project = "cpu", ...only] = process.argv.slice(2);
const files = readdirSync(join(here, project))
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => only.length === 0 || only.some((part) => name.includes(part)))
  .map((name) => join(here, project, name));
if (files.length === 0) {
  console.error(`no test of project “${project}” is called so`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ["--test", "--test-force-exit", "--test-concurrency=1", "--test-reporter=spec", ...files],
  { stdio: "inherit", env: { ...process.env, ELECTRA_PROJECT: project } },
);
process.exit(status ?? 1);
