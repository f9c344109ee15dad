/** An ejabberd with its Erlang, laid out as Debian's packages do, and how it is started. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { listed } from "./debian-cache.ts";

export interface EjabberdInstall {
  readonly version: string;
  /** Erlang's starter. `erl` itself is a shell script with a fixed path in it. */
  readonly erlexec: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Debian's layout below `root`, null where something is missing. */
export function installBelow(root: string): EjabberdInstall | null {
  const erlang = join(root, "usr/lib/erlang");
  const erts = firstMatch(erlang, /^erts-[\d.]+$/);
  if (erts === null || !existsSync(join(erlang, "bin/start.boot"))) return null;
  for (const triplet of listed(join(root, "usr/lib"))) {
    const libs = join(root, "usr/lib", triplet);
    const beams = listed(libs).find(
      (name) =>
        /^ejabberd-[\d.]+$/.test(name) && existsSync(join(libs, name, "ebin/ejabberd.beam")),
    );
    if (beams === undefined) continue;
    const bin = join(erlang, erts, "bin");
    const native = [libs, join(root, "lib", triplet)];
    return {
      version: beams.slice("ejabberd-".length),
      erlexec: join(bin, "erlexec"),
      env: {
        ROOTDIR: erlang,
        BINDIR: bin,
        EMU: "beam",
        PROGNAME: "erl",
        ERL_LIBS: libs,
        ...(root === "/" ? {} : { LD_LIBRARY_PATH: native.join(":") }),
      },
    };
  }
  return null;
}

function firstMatch(folder: string, pattern: RegExp): string | null {
  return listed(folder).find((name) => pattern.test(name)) ?? null;
}
