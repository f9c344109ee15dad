"use strict";
/**
 * What `npm run` starts first, on whatever Node the machine has (18 and newer read this):
 * installs the dependencies when they do not match package-lock.json, then runs the given
 * script on the Node that package.json pins.
 *
 *     node scripts/bootstrap.cjs dev/run.ts [arguments]
 *
 * On the pinned Node the script runs in this process. On another one this process is a
 * wrapper: it passes signals on and ends as its child does, and the child ends when the
 * wrapper is gone.
 */
const { execFileSync, spawn, spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { constants } = require("node:os");
const { pathToFileURL } = require("node:url");

const root = path.dirname(__dirname);
const modules = path.join(root, "node_modules");
const stamp = path.join(modules, ".diaspora-x-stamp");
/** Names the wrapper to its child. */
const WRAPPER = "DIASPORA_X_WRAPPER_PID";
const PARENT_POLL_MS = 500;

function main() {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) fail("usage: node scripts/bootstrap.cjs SCRIPT [ARGUMENTS]");
  installDependencies();
  const node = findNode();
  if (node === process.execPath) runHere(script, args);
  else runThere(node, script, args);
}

function installDependencies() {
  const lockText = fs.readFileSync(path.join(root, "package-lock.json"));
  const wanted = createHash("sha256").update(lockText).digest("hex");
  if (read(stamp) === wanted) return;
  if (!matches(JSON.parse(lockText.toString()))) {
    say("installing the dependencies (npm ci; once, and again when they change)");
    npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], root, {
      hint: "npm needs its registry for this: is there a network? With it, run `npm ci` to see more.",
    });
  }
  try {
    fs.writeFileSync(stamp, wanted);
  } catch {
    // Somebody else's checkout: it is compared each time then.
  }
}

/** Whether what npm wrote down about node_modules is what the lock file asks for. */
function matches(lock) {
  const hidden = read(path.join(modules, ".package-lock.json"));
  if (hidden === null) return false;
  const installed = JSON.parse(hidden).packages;
  return Object.entries(lock.packages).every(([where, entry]) => {
    if (where === "" || entry.link) return true;
    const found = installed[where];
    if (found === undefined) return entry.optional === true || entry.peer === true;
    return found.version === entry.version;
  });
}

/** The pinned Node, fetched where npm did not run its install script; else our own if new enough. */
function findNode() {
  const version = pinnedVersion();
  const own = process.versions.node;
  // Whoever was chosen by a wrapper runs the script, or a binary that is not what its
  // place says would start itself for ever.
  if (own === version || process.env[WRAPPER] !== undefined) return process.execPath;
  const places = [
    path.join(modules, "node/bin/node"),
    path.join(modules, ".node-binary/node_modules", platformPackage(), "bin/node"),
  ];
  for (const place of places) if (isNode(place)) return place;
  if (Number(own.split(".")[0]) >= Number(version.split(".")[0])) return process.execPath;
  return fetchNode(version);
}

function pinnedVersion() {
  return JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")).devDependencies.node;
}

function platformPackage() {
  const arm = process.platform === "darwin" && process.arch === "arm64";
  return `${arm ? "node-bin" : "node"}-${process.platform}-${process.arch}`;
}

/** A file that can be run; that it is of the right version follows from the lock file. */
function isNode(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).size > 1000000;
  } catch {
    return false;
  }
}

/** With --ignore-scripts (or an npm that asks first) the package `node` is there without its binary. */
function fetchNode(version) {
  const folder = path.join(modules, ".node-binary");
  const name = platformPackage();
  say(`fetching Node ${version} (this one is ${process.versions.node}; once)`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true }));
  npm(
    ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", `${name}@${version}`],
    folder,
    {
      hint: `Node ${version} or newer is needed: install it, or run this again with a network.`,
    },
  );
  const binary = path.join(folder, "node_modules", name, "bin/node");
  const tried = spawnSync(binary, ["--version"], { encoding: "utf8" });
  if (tried.status !== 0)
    fail(`the Node that npm fetched does not run here: install Node ${version} or newer yourself`);
  return binary;
}

/** The npm that started us, else the one on the path. */
function npm(args, cwd, { hint }) {
  const cli = process.env.npm_execpath;
  const [command, before] =
    cli && cli.endsWith("npm-cli.js") ? [process.execPath, [cli]] : ["npm", []];
  // npm takes its own settings from these, and `npm run` set them for the project.
  const env = { ...process.env };
  for (const key of Object.keys(env))
    if (/^npm_(config_local_prefix|package_json|lifecycle_|command)/.test(key)) delete env[key];
  try {
    execFileSync(command, [...before, ...args], { cwd, env, stdio: ["ignore", 2, 2] });
  } catch (error) {
    if (error.code === "ENOENT") fail("npm is not there: install it (Debian: apt install npm)");
    fail(`npm ${args[0]} failed. ${hint}`);
  }
}

function runHere(script, args) {
  const file = path.resolve(root, script);
  followParent();
  process.argv = [process.argv[0], file, ...args];
  import(pathToFileURL(file).href).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

/**
 * `kill -9` of npm or of the wrapper reaches nobody else, and npm passes SIGTERM to its
 * shell only. Whoever was started by one of them therefore looks whether they are still
 * there, and stops as if by SIGTERM if not.
 */
function followParent() {
  const wrapper = process.env[WRAPPER];
  delete process.env[WRAPPER];
  if (wrapper === undefined && process.env.npm_lifecycle_event === undefined) return;
  const parent = wrapper === undefined ? process.ppid : Number(wrapper);
  // Between npm and its script stands a shell, which outlives npm.
  const grandparent = wrapper === undefined ? parentOf(parent) : null;
  const timer = setInterval(() => {
    if (process.ppid === parent && (grandparent === null || parentOf(parent) === grandparent))
      return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, PARENT_POLL_MS);
  timer.unref();
}

/** proc(5): the parent is the second field behind the command. Null where there is no /proc. */
function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function runThere(node, script, args) {
  const env = { ...process.env, [WRAPPER]: String(process.pid) };
  env.PATH = [path.dirname(node), env.PATH].filter(Boolean).join(path.delimiter);
  // Meant for the machine's Node; this one may refuse to start with it.
  delete env.NODE_OPTIONS;
  const child = spawn(node, [__filename, script, ...args], {
    cwd: process.cwd(),
    env,
    stdio: "inherit",
  });
  followParent();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
    process.on(signal, () => child.kill(signal));
  child.once("error", (error) => fail(`${node} cannot be started: ${error.message}`));
  child.once("exit", (code, signal) =>
    process.exit(code === null ? 128 + constants.signals[signal] : code),
  );
}

function read(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function say(sentence) {
  process.stderr.write(`diaspora-x: ${sentence}\n`);
}

function fail(sentence) {
  say(sentence);
  process.exit(1);
}

main();
