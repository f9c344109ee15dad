/**
 * Reading: the YAML file and the files that hold secrets. Only this module and its
 * siblings touch files for the configuration's sake; what is read is bounded.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";
import { fault, warning, type Finding } from "./findings.ts";
import { CONFIG_KEYS, CONFIG_SECTIONS } from "./keys.ts";
import { isTree, valueAt, withValue, type Tree } from "./tree.ts";

const MAX_FILE_BYTES = 262_144;
const MAX_SECRET_BYTES = 8_192;

/** Looked for in this order when none is named. */
export const USUAL_FILES = ["diaspora-x.yaml", "/etc/diaspora-x/config.yaml"] as const;

export interface ReadFile {
  readonly tree: Tree;
  readonly findings: readonly Finding[];
}

/** The file to read: the one that was named, else the first usual one that exists, else none. */
export function chooseFile(named: string | undefined, folder: string): string | null {
  if (named !== undefined && named !== "") return resolve(folder, named);
  const usual = USUAL_FILES.map((file) => resolve(folder, file));
  return usual.find((file) => existsSync(file)) ?? null;
}

export function readConfigFile(file: string): ReadFile {
  const content = readBounded(file, MAX_FILE_BYTES);
  if ("why" in content) {
    const mend = "name an existing file by --config; config/example.yaml is a start";
    return { tree: {}, findings: [fault(file, content.why, mend)] };
  }
  const document = parseDocument(content.text, { uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    // Nothing of what the parser says: it quotes the line, and that may hold a secret.
    const at = `line ${String(problem.linePos?.[0].line ?? 1)}`;
    return {
      tree: {},
      findings: [fault(file, `is not valid YAML (${problem.code}) at ${at}`, "correct this line")],
    };
  }
  return fromDocument(file, document.contents === null ? {} : toPlain(document));
}

function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    // maxAliasCount 0: an alias is no part of a configuration, and nested ones are a bomb.
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    return null;
  }
}

function fromDocument(file: string, value: unknown): ReadFile {
  if (isTree(value)) return { tree: absolutePaths(value, dirname(file)), findings: [] };
  return {
    tree: {},
    findings: [fault(file, "does not hold keys with values", "start from config/example.yaml")],
  };
}

/** Paths in a file are relative to it, so that it means the same wherever the daemon is started. */
function absolutePaths(tree: Tree, folder: string): Tree {
  let result = tree;
  for (const key of CONFIG_KEYS) {
    const value = key.isPath ? valueAt(result, key.path) : undefined;
    if (typeof value === "string" && value !== "")
      result = withValue(result, key.path, resolve(folder, value));
  }
  return result;
}

/** A section that is absent or empty has its defaults, and its missing keys are named one by one. */
export function withSections(tree: Tree): Tree {
  let result = tree;
  for (const { path } of CONFIG_SECTIONS) {
    if ((valueAt(result, path) ?? null) === null) result = withValue(result, path, {});
  }
  return result;
}

/** Puts what the `*_file` keys name in the place of the secrets. */
export function withSecrets(tree: Tree): ReadFile {
  const findings: Finding[] = [];
  let result = tree;
  for (const key of CONFIG_KEYS) {
    const fileKey = `${key.path}_file`;
    const file = key.secret ? valueAt(result, fileKey) : undefined;
    if (typeof file !== "string" || file === "") continue;
    if (valueAt(result, key.path) !== undefined) {
      findings.push(
        fault(key.path, `is given twice, here and as ${fileKey}`, `keep ${fileKey} alone`),
      );
      continue;
    }
    const content = readBounded(file, MAX_SECRET_BYTES);
    if ("why" in content) {
      findings.push(
        fault(fileKey, `${file} ${content.why}`, "name a file that the daemon's user can read"),
      );
      continue;
    }
    if (content.readableByAll) {
      findings.push(
        warning(fileKey, `${file} can be read by everybody on this machine`, `chmod o-rwx ${file}`),
      );
    }
    result = withValue(result, key.path, content.text.trim());
  }
  return { tree: result, findings };
}

type Content =
  { readonly text: string; readonly readableByAll: boolean } | { readonly why: string };

function readBounded(file: string, maxBytes: number): Content {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "r");
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) return { why: "is a folder" };
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0 || length > maxBytes) break;
    }
    if (length > maxBytes) return { why: `is larger than ${String(maxBytes)} bytes` };
    const readableByAll = process.platform !== "win32" && (stat.mode & 0o004) !== 0;
    return { text: buffer.toString("utf8", 0, length), readableByAll };
  } catch (error) {
    return { why: `cannot be read (${reasonOf(error)})` };
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "unknown";
}
