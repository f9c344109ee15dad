/** Which documents are generated, and which of them are not what their source says. */
import { readFileSync } from "node:fs";
import { format } from "prettier";
import { renderConfigReference } from "./config.ts";
import { renderErrorReference } from "./errors.ts";
import { renderExample } from "./example.ts";
import { renderBoard } from "./grafana.ts";
import { renderMetricsReference } from "./metrics.ts";
import { renderScaling } from "./scaling.ts";

export interface GeneratedDocument {
  /** From the root of the project. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED: readonly GeneratedDocument[] = [
  { path: "config/example.yaml", render: renderExample },
  { path: "docs/config.md", render: renderConfigReference },
  { path: "docs/errors.md", render: renderErrorReference },
  { path: "docs/metrics.md", render: renderMetricsReference },
  { path: "docs/scaling.md", render: renderScaling },
  { path: "config/grafana/diaspora-x.json", render: renderBoard },
];

export const ROOT = new URL("../../", import.meta.url);

export interface StaleDocument {
  readonly path: string;
  /** What it should say. */
  readonly text: string;
}

export async function outdated(): Promise<StaleDocument[]> {
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
