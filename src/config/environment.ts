/**
 * The environment over the file: every key is also DIASPORA_X_ and its path in capitals,
 * joined by underscores. An unknown variable of that prefix is an error: a slip of the
 * hand would else be silently without effect.
 */
import { resolve } from "node:path";
import { fault, nearest, type Finding } from "./findings.ts";
import { CONFIG_KEYS, VARIABLE_PREFIX, type ConfigKey } from "./keys.ts";
import { withValue, type Tree } from "./tree.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file itself, so it is no key of it. */
export const CONFIG_VARIABLE = "DIASPORA_X_CONFIG";

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

export function overlayEnvironment(
  tree: Tree,
  environment: Environment,
  folder: string,
): { readonly tree: Tree; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  let result = tree;
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || variable === CONFIG_VARIABLE) continue;
    if (value === undefined || value === "") continue;
    const key = CONFIG_KEYS.find((candidate) => candidate.variable === variable);
    if (key === undefined) {
      findings.push(unknownVariable(variable));
      continue;
    }
    result = overlay(result, key, value, folder);
  }
  return { tree: result, findings };
}

function overlay(tree: Tree, key: ConfigKey, value: string, folder: string): Tree {
  const set = withValue(tree, key.path, key.isPath ? resolve(folder, value) : parsed(key, value));
  // A secret given by the environment replaces the file's, whichever of its two keys that used.
  if (key.secret) return withValue(set, `${key.path}_file`, undefined);
  const partner = key.path.endsWith("_file") ? key.path.slice(0, -"_file".length) : null;
  return partner === null ? set : withValue(set, partner, undefined);
}

/** What cannot be read stays the text it was, and the schema says what was expected. */
function parsed(key: ConfigKey, value: string): unknown {
  switch (key.kind) {
    case "number":
      return /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    case "boolean":
      return BOOLEANS[value.trim().toLowerCase()] ?? value;
    case "list":
      return parsedList(key, value);
    case "map":
      return Object.fromEntries(items(value).map((item) => pair(item)));
    case "text":
      return value;
  }
}

function items(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function pair(item: string): [string, string] {
  const equals = item.indexOf("=");
  return equals < 0 ? [item, ""] : [item.slice(0, equals).trim(), item.slice(equals + 1).trim()];
}

function parsedList(key: ConfigKey, value: string): unknown {
  if (key.path === "xmpp.registration" && (value === "local" || value === "any")) return value;
  if (key.path !== "xmpp.domains") return items(value);
  return items(value).map((item) => {
    if (!item.includes("=")) return item;
    const [name, diasporaDomain] = pair(item);
    return { name, diaspora_domain: diasporaDomain };
  });
}

function unknownVariable(variable: string): Finding {
  const near = nearest(
    variable,
    CONFIG_KEYS.map((key) => key.variable),
  );
  return fault(
    variable,
    "is no variable of this daemon",
    near === null ? "unset it; docs/config.md lists all variables" : `did you mean ${near}?`,
  );
}
