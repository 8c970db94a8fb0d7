// What has to be there before anything is measured: networks, and a page around one of them.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DIST, ROOT } from "../../tests/browser/browser.js";

export const HERE = dirname(fileURLToPath(import.meta.url));
export const FOLDER = join(ROOT, "target/browser-bench");
export const NETWORKS = join(FOLDER, "networks");
export const PAGE = join(FOLDER, "page");
export const MODULES = join(HERE, "node_modules");

const PROGRAM = process.env.ELECTRA_PROGRAM ?? join(ROOT, "target/release/electra");
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
/** The interpreter that `cargo xtask python` makes. */
const MADE = join(CACHE, "electra/python/bin/python");
const PYTHON = process.env.ELECTRA_PYTHON ?? (existsSync(MADE) ? MADE : "python3");

/** Makes what is missing; the page is made anew, because the build may be another. */
export function prepare() {
  need(join(MODULES, "@huggingface/transformers"), "run `npm ci` in benches/browser");
  need(join(DIST, "index.html"), "build the page with `cargo xtask web`, or set ELECTRA_DIST");
  need(PROGRAM, "build the program with `cargo build --release`, or set ELECTRA_PROGRAM");
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(join(NETWORKS, "small/onnx/model.onnx"))) makeNetworks();
  rmSync(PAGE, { recursive: true, force: true });
  const model = ["--model", join(NETWORKS, "small"), "--precision", "f32"];
  run(PROGRAM, ["page", ...model, "--built", DIST, "--out", PAGE]);
}

/** The id of the build, which the worker's address carries. */
export function build() {
  return JSON.parse(readFileSync(join(PAGE, "manifest.json"), "utf8")).build;
}

/** The version of a package that the benchmark installed. */
export function version(name) {
  return JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf8")).version;
}

function makeNetworks() {
  console.error("making networks with random weights");
  const packages = join(FOLDER, "python");
  const into = ["--quiet", "--no-deps", "--upgrade", "--target", packages];
  run(PYTHON, ["-m", "pip", "install", ...into, "-r", join(HERE, "requirements.txt")]);
  const tokenizer = join(FOLDER, "tokenizer.json");
  const text = join(ROOT, "assets/simple-english.txt.zst");
  run(PROGRAM, ["vocab", "--text", text, "--out", tokenizer]);
  rmSync(NETWORKS, { recursive: true, force: true });
  run(PYTHON, [join(HERE, "make_networks.py"), tokenizer, NETWORKS], { PYTHONPATH: packages });
}

function need(path, remedy) {
  if (!existsSync(path)) throw new Error(`${path} is not there; ${remedy}`);
}

/** Runs a program; what it says is shown only if it fails. */
function run(program, args, env = {}) {
  const options = { encoding: "utf8", env: { ...process.env, ...env } };
  const { status, error, stderr } = spawnSync(program, args, options);
  if (error || status !== 0) throw new Error(`${program} ${args.join(" ")}\n${error ?? stderr}`);
}
