/** This package itself: where it lies and which version it is, from a checkout or built. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const manifest = z.object({ name: z.literal("diaspora-x"), version: z.string() });

/** The folder with our package.json: two up from src/config, three from dist/src/config. */
export const PACKAGE_ROOT: URL = findRoot();
export const VERSION: string = versionAt(PACKAGE_ROOT) ?? "unknown";

function findRoot(): URL {
  const [nearest = new URL("../../", import.meta.url), ...further] = ["../../", "../../../"].map(
    (path) => new URL(path, import.meta.url),
  );
  return [nearest, ...further].find((folder) => versionAt(folder) !== null) ?? nearest;
}

function versionAt(folder: URL): string | null {
  try {
    const content: unknown = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
    return manifest.safeParse(content).data?.version ?? null;
  } catch {
    return null;
  }
}
