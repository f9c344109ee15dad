/** What a running daemon takes of a configuration that was changed, and what waits for a start. */
import { isDeepStrictEqual } from "node:util";
import { CONFIG_KEYS } from "./keys.ts";
import { configSchema, type WrittenConfig } from "./schema.ts";
import { configOf, type Config } from "./shape.ts";
import { valueAt, withValue, type Tree } from "./tree.ts";

export interface Reloaded {
  readonly config: Config;
  readonly written: WrittenConfig;
  /** Keys that count from now on. */
  readonly changed: readonly string[];
  /** Keys that differ, and count from the next start on. */
  readonly kept: readonly string[];
}

/** Both are valid as they stand; of the new one only what can be taken is. */
export function reloaded(running: WrittenConfig, fresh: WrittenConfig): Reloaded {
  let tree: Tree = running;
  const changed: string[] = [];
  const kept: string[] = [];
  for (const { path, reloads } of CONFIG_KEYS) {
    const value = valueAt(fresh, path);
    if (isDeepStrictEqual(valueAt(running, path), value)) continue;
    (reloads ? changed : kept).push(path);
    if (reloads) tree = withValue(tree, path, value);
  }
  const written = configSchema.parse(tree);
  return { config: configOf(written), written, changed, kept };
}
