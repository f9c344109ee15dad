import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import {
  findBinaries,
  makeLibraryLinks,
  probe,
  programEnvironment,
} from "../../../src/store/embedded-binaries.ts";
import { assertRootsOwn } from "../../../src/store/embedded-shared.ts";

const root = mkdtempSync(join(tmpdir(), "dx-binaries-"));
after(() => {
  rmSync(root, { recursive: true, force: true });
});

test("what is found first runs here", () => {
  const [first] = findBinaries();
  assert.ok(first);
  const found = probe(first, null);
  assert.ok("major" in found && found.major >= 15);
});

test("programs that are not there, or are none, give a reason and no version", () => {
  assert.ok("reason" in probe({ root, packaged: null }, null));
});

test("the operator's PGDATA and LD_LIBRARY_PATH are not passed on", () => {
  assert.deepEqual(Object.keys(programEnvironment()).sort(), ["LANG", "LC_ALL", "PATH", "TZ"]);
});

test("where install scripts are off, the links between libraries are made, inside their folder only", () => {
  mkdirSync(join(root, "lib"));
  writeFileSync(join(root, "lib/libpq.so.5.15"), "");
  const links = [
    { source: "native/lib/libpq.so.5.15", target: "native/lib/libpq.so.5" },
    { source: "native/lib/libpq.so.5.15", target: "native/lib/../../outside" },
  ];
  writeFileSync(join(root, "pg-symlinks.json"), JSON.stringify(links));
  makeLibraryLinks(root);
  makeLibraryLinks(root);
  assert.equal(readlinkSync(join(root, "lib/libpq.so.5")), "libpq.so.5.15");
  assert.ok(!existsSync(join(root, "../outside")) && !existsSync(join(root, "outside")));
});

test("a folder that others may write to, or a link to one, is not taken for root's own", () => {
  const open = join(root, "open");
  mkdirSync(open);
  symlinkSync("/usr", join(root, "link"));
  for (const folder of [tmpdir(), join(root, "link")]) {
    assert.throws(
      () => {
        assertRootsOwn(folder);
      },
      (error) => isDxError(error, "DX_EMBEDDED_FAILED"),
    );
  }
});
