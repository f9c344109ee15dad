/**
 * `npm run build`: what the npm package holds. dist/ mirrors the checkout (dist/src,
 * dist/migrations), so that paths between the two are the same built and unbuilt.
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = join(ROOT, "dist");

function main(): number {
  rmSync(DIST, { recursive: true, force: true });
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (status !== 0) return status ?? 1;
  // The compiler reads hand-written declarations and does not copy them.
  for (const file of globSync("src/**/*.d.ts", { cwd: ROOT })) {
    const target = join(DIST, file);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(ROOT, file), target);
  }
  return 0;
}

process.exitCode = main();
