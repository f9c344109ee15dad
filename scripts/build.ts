/**
 * `npm run build`: what the npm package holds. dist/ mirrors the checkout (dist/src,
 * dist/migrations), so that paths between the two are the same built and unbuilt.
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = join(ROOT, "dist");

/**
 * The compiler rewrites the extension in what runs, not in the declarations: there `./a.ts`
 * stays, and is found beside `a.d.ts` by luck of the reader's compiler.
 */
function rewriteDeclarations(): void {
  for (const file of globSync("**/*.d.ts", { cwd: DIST })) {
    const path = join(DIST, file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/\b(from |import\(|import )"(\.[^"]+)\.ts"/g, '$1"$2.js"'));
  }
}

const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

function run(...command: readonly string[]): boolean {
  return spawnSync(process.execPath, command, { cwd: ROOT, stdio: "inherit" }).status === 0;
}

/** The library as whoever installs it meets it: it loads, and its declarations hold together. */
function checkLibrary(): boolean {
  const door = join(DIST, "src/salmon/library");
  const strict = ["--strict", "--noEmit", "--target", "es2024", "--module", "nodenext"];
  return (
    run(`${door}.js`) &&
    run(COMPILER, "--ignoreConfig", ...strict, "--types", "node", `${door}.d.ts`)
  );
}

function main(): number {
  rmSync(DIST, { recursive: true, force: true });
  if (!run(COMPILER, "-p", "tsconfig.build.json")) return 1;
  // The compiler reads hand-written declarations and does not copy them.
  for (const file of globSync("src/**/*.d.ts", { cwd: ROOT })) {
    const target = join(DIST, file);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(ROOT, file), target);
  }
  rewriteDeclarations();
  return checkLibrary() ? 0 : 1;
}

process.exitCode = main();
