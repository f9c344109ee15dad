/** Moves the clock of the process that loads it by what the file `clock` in its home says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const file = join(process.env["HOME"] ?? "", "clock");
const real = Date;
const realNow = real.now.bind(real);
const state = { shift: 0 };
const now = (): number => realNow() + state.shift;

globalThis.Date = new Proxy(real, {
  construct: (target, args: unknown[]) => {
    const made: unknown = Reflect.construct(target, args.length === 0 ? [now()] : args);
    if (!(made instanceof real)) throw new TypeError("no date");
    return made;
  },
  get: (target, name, receiver): unknown =>
    name === "now" ? now : Reflect.get(target, name, receiver),
});

setInterval(() => {
  try {
    state.shift = Number(readFileSync(file, "utf8"));
  } catch {
    // Nobody has moved it yet.
  }
}, 100).unref();
