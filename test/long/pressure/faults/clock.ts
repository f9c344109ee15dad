/** The machine's clock jumps, and jumps back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../trial.ts";

const PRELOAD = new URL("../clock-preload.ts", import.meta.url).href;

export function clock(byMs: number): Fault {
  const way = byMs > 0 ? "forward" : "back";
  return {
    says: `the daemon's clock jumps an hour ${way}, and is put right later`,
    world: {
      adjust: (settings) => Promise.resolve({ ...settings, imports: [PRELOAD] }),
    },
    seconds: 8,
    othersWithinMs: 3_000,
    inject: ({ world }) => {
      const file = join(world.settings.dir, "clock");
      writeFileSync(file, String(byMs));
      return Promise.resolve(() => {
        writeFileSync(file, "0");
        return Promise.resolve(undefined);
      });
    },
  };
}
