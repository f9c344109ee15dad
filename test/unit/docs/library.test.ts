import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DOOR = join(ROOT, "src/salmon/library.ts");

/** The pieces of the page in this language, in its order. */
function blocks(language: string): string[] {
  const page = readFileSync(join(ROOT, "docs/library.md"), "utf8");
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , text = ""]) => text);
}

/** The page as one program, with the library taken from the sources. */
const program = blocks("ts").join("\n").replaceAll('"diaspora-x/salmon"', JSON.stringify(DOOR));

function diagnosticsOf(file: string): string[] {
  const { config } = z
    .object({ config: z.object({ compilerOptions: z.record(z.string(), z.unknown()) }) })
    .parse(ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => readFileSync(path, "utf8")));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const compiled = ts.createProgram([file], {
    ...options,
    rewriteRelativeImportExtensions: false,
    typeRoots: [join(ROOT, "node_modules/@types")],
  });
  const source = compiled.getSourceFile(file);
  return ts
    .getPreEmitDiagnostics(compiled, source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

test("the examples of docs/library.md have right types, run, and print what the page says", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "diaspora-x-library-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, "page.mts");
  writeFileSync(file, program);
  assert.deepEqual(diagnosticsOf(file), []);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
  assert.equal(stdout, blocks("text").join(""));
  assert.equal(stderr, "");
});

test("every piece of program on the page is followed by what it prints", () => {
  assert.ok(blocks("ts").length > 5);
  assert.equal(blocks("ts").length, blocks("text").length);
});

test("the page and what it links to are in the package", () => {
  const manifest = readFileSync(join(ROOT, "package.json"), "utf8");
  assert.match(manifest, /"docs"/);
  const page = readFileSync(join(ROOT, "docs/library.md"), "utf8");
  for (const [, target = ""] of page.matchAll(/\]\(([^)]+)\)/g)) {
    assert.ok(readFileSync(new URL(target, new URL("../../../docs/", import.meta.url))).length > 0);
  }
});
