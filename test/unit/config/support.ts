/** A folder for one test with a configuration that is valid as it stands. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "yaml";
import { readConfig, type Finding } from "../../../src/config.ts";

export const KEY = "3f8a1c5e7b9d2046813579bdf02468ace13579bdf02468ace0123456789abcde";

export const VALID = {
  data_dir: "data",
  xmpp: {
    component: { domain: "dx.example.org", secret: "shared-with-ejabberd" },
    domains: ["example.org"],
  },
  diaspora: { url: "https://dx.example.org/" },
  security: { key: KEY },
};

export function tempFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "dx-config-"));
  test.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function read(
  test: TestContext,
  content: unknown,
  env: Record<string, string> = {},
): ReturnType<typeof readConfig> & { readonly folder: string } {
  const folder = tempFolder(test);
  const file = join(folder, "config.yaml");
  writeFileSync(file, typeof content === "string" ? content : stringify(content));
  return { ...readConfig({ file, env, folder }), folder };
}

/** `severity key` of each finding, to compare at a glance. */
export function summary(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, key }) => `${severity} ${key}`);
}
