/**
 * Which PostgreSQL programs are used: the first that run as the account and fit the
 * cluster. Those of the npm package are copied where the account cannot reach them.
 */
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { DxError } from "../errors/error.ts";
import {
  findBinaries,
  makeLibraryLinks,
  probe,
  type Binaries,
  type RunAs,
} from "./embedded-binaries.ts";
import { assertRootsOwn, sharedFolder } from "./embedded-shared.ts";

/** `major`: that of the cluster, null when there is none yet. Throws DX_EMBEDDED_FAILED. */
export function choosePrograms(runAs: RunAs | null, major: number | null): Binaries {
  const reasons: string[] = [];
  for (const binaries of candidates(runAs)) {
    const found = probe(binaries, runAs);
    if ("reason" in found) {
      reasons.push(found.reason);
    } else if (major !== null && found.major !== major) {
      reasons.push(
        `the data is of PostgreSQL ${String(major)}, ${binaries.root} is ${String(found.major)}: dump with the old one, restore into the new`,
      );
    } else {
      return binaries;
    }
  }
  if (reasons.length === 0) reasons.push("there are no PostgreSQL programs for this platform");
  const advice =
    "install the distribution's postgresql package, or set database.url to a database of your own";
  throw new DxError("DX_EMBEDDED_FAILED", {
    detail: [...reasons, advice].join("; "),
    evidence: { platform: process.platform, arch: process.arch },
  });
}

/** A generator, because a copy is made only where the programs cannot be used in place. */
function* candidates(runAs: RunAs | null): Generator<Binaries> {
  for (const binaries of findBinaries()) {
    if (binaries.packaged === null) {
      yield binaries;
      continue;
    }
    makeLibraryLinks(binaries.root);
    if (runAs === null || "major" in probe(binaries, runAs)) yield binaries;
    else yield copied(binaries.root, binaries.packaged);
  }
}

function copied(root: string, version: string): Binaries {
  const target = join(sharedFolder(), `binaries-${version}`);
  const native = join(target, "native");
  if (!existsSync(target)) {
    const work = `${target}.${String(process.pid)}`;
    cpSync(root, join(work, "native"), { recursive: true, verbatimSymlinks: true });
    readableByAll(work);
    makeLibraryLinks(join(work, "native"));
    try {
      renameSync(work, target);
    } catch {
      // Another start was quicker.
      rmSync(work, { recursive: true, force: true });
    }
  }
  assertRootsOwn(target);
  assertRootsOwn(native);
  return { root: native, packaged: version };
}

/** A checkout made under umask 077 is for its owner only; the programs are no secret. */
function readableByAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) readableByAll(path);
    if (!entry.isFile()) continue;
    chownSync(path, 0, 0);
    chmodSync(path, (lstatSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
