/**
 * The daemon as it is installed: built, and without the sources beside it. Run from its sources
 * Node keeps the compiler that takes their types away in memory, some 200 MB.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

export interface Packaged extends Disposable {
  /** The program to start. */
  readonly bin: string;
}

export function packageDaemon(): Packaged {
  const built = spawnSync(process.execPath, [join(ROOT, "scripts/build.ts")], { stdio: "inherit" });
  if (built.status !== 0) throw new Error("it does not build");
  const dir = mkdtempSync(join(tmpdir(), "diaspora-x-packaged-"));
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(join(ROOT, part), join(dir, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  return {
    bin: join(dir, "bin/diaspora-x.mjs"),
    [Symbol.dispose]: () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
