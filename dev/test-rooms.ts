/**
 * The unit tests of one room in one process: a process for each of 264 files spent 1.2 s of
 * processor time on loading the same modules again, a third of what all tests took.
 */
import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Writes a test file for each folder below `unit` that imports what lies there; returns their paths. */
export function roomsOf(unit: string, into: string): string[] {
  const rooms = Map.groupBy(
    globSync("**/*.test.ts", { cwd: unit }).sort(),
    (file) => file.split("/")[0] ?? file,
  );
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  return [...rooms].map(([room, files]) => {
    const path = join(into, `${room.replace(/\.test\.ts$/, "")}.test.mjs`);
    const urls = files.map((file) => pathToFileURL(join(unit, file)).href);
    writeFileSync(path, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
    return path;
  });
}
