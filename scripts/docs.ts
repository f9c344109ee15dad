/**
 * The generated documents: `npm run docs` writes them, `npm run docs -- --check` fails
 * when one differs from what its source says.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { renderConfigReference } from "./docs/config.ts";
import { renderErrorReference } from "./docs/errors.ts";
import { renderExample } from "./docs/example.ts";

export interface GeneratedDocument {
  /** From the root of the project. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED: readonly GeneratedDocument[] = [
  { path: "config/example.yaml", render: renderExample },
  { path: "docs/config.md", render: renderConfigReference },
  { path: "docs/errors.md", render: renderErrorReference },
];

const ROOT = new URL("../", import.meta.url);

/** The documents that are not what their source says, with what it does say. */
export async function outdated(): Promise<{ readonly path: string; readonly text: string }[]> {
  const documents = await Promise.all(
    GENERATED.map(async ({ path, render }) => ({
      path,
      text: await format(render(), { printWidth: 100, filepath: path }),
    })),
  );
  return documents.filter(({ path, text }) => contentOf(path) !== text);
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(new URL(path, ROOT), "utf8");
  } catch {
    return null;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const stale = await outdated();
  if (args.includes("--check")) {
    for (const { path } of stale) console.error(`${path} is out of date: run npm run docs`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, text } of stale) {
    const file = new URL(path, ROOT);
    mkdirSync(dirname(fileURLToPath(file)), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
