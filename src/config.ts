/**
 * The configuration's door: one YAML file, the environment over it, every key checked
 * alone and against the others. The only reader of files and environment for settings.
 */
import { crossChecks } from "./config/checks.ts";
import { CONFIG_VARIABLE, overlayEnvironment, type Environment } from "./config/environment.ts";
import { chooseFile, readConfigFile, withSecrets, withSections } from "./config/file.ts";
import { findingsOf, type Finding } from "./config/findings.ts";
import { configSchema, type WrittenConfig } from "./config/schema.ts";
import { configOf, type Config } from "./config/shape.ts";
import { DxError } from "./errors/error.ts";

export type { Finding } from "./config/findings.ts";
export type { Config, Role, ServedDomain } from "./config/shape.ts";

export interface ConfigSource {
  /** By --config; else DIASPORA_X_CONFIG, else a usual place. */
  readonly file?: string | undefined;
  readonly env: Environment;
  /** Relative paths outside the file start here. */
  readonly folder?: string;
}

interface Outcome {
  /** null when there is an error among the findings. */
  readonly config: Config | null;
  /** Key by key, for a later look at what has changed; null as above. */
  readonly written: WrittenConfig | null;
  readonly findings: readonly Finding[];
}

export function readConfig(source: ConfigSource): Outcome {
  const folder = source.folder ?? process.cwd();
  const file = chooseFile(source.file ?? source.env[CONFIG_VARIABLE], folder);
  const read = file === null ? { tree: {}, findings: [] } : readConfigFile(file);
  if (read.findings.length > 0) return invalid(read.findings);

  const overlaid = overlayEnvironment(withSections(read.tree), source.env, folder);
  const secrets = withSecrets(overlaid.tree);
  const checked = configSchema.safeParse(secrets.tree, { reportInput: true });
  const found = [...overlaid.findings, ...secrets.findings];
  if (!checked.success) return invalid([...found, ...findingsOf(checked.error.issues)]);

  const config = configOf(checked.data);
  const findings = [...found, ...crossChecks(config)];
  if (findings.some(isError)) return invalid(findings);
  return { config, written: checked.data, findings };
}

function invalid(findings: readonly Finding[]): Outcome {
  return { config: null, written: null, findings };
}

/** All faults and warnings, the whole list at once. */
export function checkConfig(source: ConfigSource): readonly Finding[] {
  return readConfig(source).findings;
}

/** The configuration, or DX_CONFIG_INVALID that names every fault and its mend. */
export function loadConfig(source: ConfigSource): Config {
  const { config, findings } = readConfig(source);
  if (config !== null) return config;
  const detail = findings.filter(isError).map(describeFinding).join("\n  ");
  throw new DxError("DX_CONFIG_INVALID", { detail: `\n  ${detail}` });
}

export function describeFinding({ key, fault, mend }: Finding): string {
  return `${key} ${fault}; ${mend}`;
}

function isError(finding: Finding): boolean {
  return finding.severity === "error";
}
