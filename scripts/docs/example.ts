/** config/example.yaml: the one commented configuration file, made from the schema. */
import { stringify } from "yaml";
import { CONFIG_KEYS, CONFIG_SECTIONS, type ConfigKey } from "../../src/config/keys.ts";
import { wrapped } from "./wrap.ts";

const HEAD = [
  "The configuration of Diaspora-X. `diaspora-x check-config` says whether yours is right.",
  "Keys behind a single # show what counts when they are absent. Each key can also be given by the environment: DIASPORA_X_ and its path in capitals, joined by underscores, as in DIASPORA_X_SERVER_PORT. Relative paths start at this file's folder.",
  "This file is made from src/config/schema.ts by `npm run docs`; docs/config.md holds the same as a table.",
];

export function renderExample(): string {
  const lines = [...HEAD.flatMap((text) => [...comment(text, ""), "#"]).slice(0, -1), ""];
  const opened = new Set<string>();
  for (const key of CONFIG_KEYS) {
    openSections(key.path, opened, lines);
    const indent = "  ".repeat(key.path.split(".").length - 1);
    lines.push(...comment(key.description, indent));
    lines.push(...valueLines(key, indent), "");
  }
  return lines.join("\n");
}

function openSections(path: string, opened: Set<string>, lines: string[]): void {
  const names = path.split(".").slice(0, -1);
  for (const [depth, name] of names.entries()) {
    const section = names.slice(0, depth + 1).join(".");
    if (opened.has(section)) continue;
    opened.add(section);
    const indent = "  ".repeat(depth);
    const description = CONFIG_SECTIONS.find((known) => known.path === section)?.description ?? "";
    lines.push(...comment(description, indent), `${indent}${name}:`, "");
  }
}

function valueLines(key: ConfigKey, indent: string): string[] {
  const name = key.path.slice(key.path.lastIndexOf(".") + 1);
  const live = key.preset === undefined && key.example !== undefined;
  const value = isEmpty(key.preset) ? (key.example ?? key.preset) : key.preset;
  const written = value === undefined ? `${name}:` : stringify({ [name]: value }).trimEnd();
  return written.split("\n").map((line) => indent + (live ? "" : "# ") + line);
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0)
  );
}

// Two signs for words, one for keys: taking away one `# ` leaves a valid file.
function comment(text: string, indent: string): string[] {
  return wrapped(text, 96 - indent.length).map((line) => `${indent}## ${line}`);
}
