/**
 * Unpacks Debian packages with all that they need into a folder of our own: no root, no
 * service, nothing of the system changed. apt gets its own lists, cache and (empty) idea
 * of what is installed; sources, keys and proxies stay the machine's.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;
/** A mirror may be slow; it must not be waited for without end. */
const TIMEOUT_MS = 15 * 60_000;

export interface Package {
  readonly name: string;
  readonly version: string;
}

export interface Apt {
  readonly config: string;
  readonly folder: string;
}

export function aptIsThere(): boolean {
  return ["/usr/bin/apt-get", "/usr/bin/apt-config", "/usr/bin/dpkg-deb"].every((path) =>
    existsSync(path),
  );
}

/** apt with private state below `folder`, its lists fetched. */
export async function privateApt(folder: string): Promise<Apt> {
  for (const below of ["lists/partial", "cache/archives/partial", "debs"]) {
    mkdirSync(join(folder, below), { recursive: true });
  }
  writeFileSync(join(folder, "status"), "");
  const config = join(folder, "apt.conf");
  const { stdout } = await run("apt-config", ["dump"], { maxBuffer: MAX_OUTPUT });
  writeFileSync(config, privateConfig(stdout, folder));
  const apt = { config, folder };
  // A foreign repository that is down makes update fail; what counts is whether the
  // packages are then found.
  await aptGet(apt, ["update"]).catch(() => undefined);
  return apt;
}

/**
 * The machine's configuration without its hooks (Debian's images delete the system's
 * caches in them) and with our folders. It replaces the machine's: Dir::Etc::parts and
 * main are read after the file that APT_CONFIG names (apt.conf(5)).
 */
export function privateConfig(dump: string, folder: string): string {
  const kept = dump
    .split("\n")
    .filter(
      (line) =>
        !/^(DPkg|Dir|CommandLine|APT::Update|APT::Sandbox|APT::Periodic|Unattended-Upgrade)\b/i.test(
          line,
        ),
    );
  const quoted = (path: string): string => JSON.stringify(path);
  return [
    ...kept,
    `Dir::Etc::main "/dev/null";`,
    `Dir::Etc::parts "/dev/null";`,
    `Dir::State::lists ${quoted(join(folder, "lists"))};`,
    `Dir::State::status ${quoted(join(folder, "status"))};`,
    `Dir::Cache ${quoted(join(folder, "cache"))};`,
    `Dir::Log "/dev/null";`,
    // As root apt would switch to _apt, who does not reach a folder below /root.
    `APT::Sandbox::User "root";`,
    `Acquire::Languages "none";`,
    `Acquire::Retries "3";`,
    "",
  ].join("\n");
}

async function aptGet(apt: Apt, args: readonly string[], cwd?: string): Promise<string> {
  try {
    const { stdout } = await run("apt-get", ["-q", ...args], {
      env: {
        ...process.env,
        APT_CONFIG: apt.config,
        LC_ALL: "C",
        DEBIAN_FRONTEND: "noninteractive",
      },
      maxBuffer: MAX_OUTPUT,
      timeout: TIMEOUT_MS,
      ...(cwd === undefined ? {} : { cwd }),
    });
    return stdout;
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : "";
    const errors = said.split("\n").filter((line) => line.startsWith("E: "));
    throw new Error(`apt-get ${args[0] ?? ""} failed. ${errors.slice(0, 3).join(" ")}`, { cause });
  }
}

/** `name` and everything it depends on, as apt would install it on an empty system. */
export async function closureOf(apt: Apt, name: string): Promise<readonly Package[]> {
  const simulated = await aptGet(apt, ["-s", "--no-install-recommends", "install", name]);
  return packagesOf(simulated);
}

/** Lines such as `Inst erlang-base (1:25.2.3+dfsg-1 Debian:12.5/stable [amd64])`. */
export function packagesOf(simulated: string): readonly Package[] {
  return [...simulated.matchAll(/^Inst ([a-z0-9][a-z0-9.+-]*)(?::\w+)? \((\S+)/gm)].map(
    (match) => ({
      name: match[1] ?? "",
      version: match[2] ?? "",
    }),
  );
}

/** Names of the packages that the system has itself. */
export async function installedPackages(): Promise<ReadonlySet<string>> {
  const { stdout } = await run("dpkg-query", ["-W", "-f", "${db:Status-Abbrev}|${Package}\n"], {
    maxBuffer: MAX_OUTPUT,
  });
  const lines = stdout.split("\n").filter((line) => line.startsWith("ii"));
  return new Set(lines.map((line) => line.slice(line.indexOf("|") + 1)));
}

/** Downloads (checked against the archive's signed lists by apt) and unpacks into `root`. */
export async function unpack(apt: Apt, packages: readonly Package[], root: string): Promise<void> {
  const debs = join(apt.folder, "debs");
  await aptGet(apt, ["download", ...packages.map((each) => `${each.name}=${each.version}`)], debs);
  mkdirSync(root, { recursive: true });
  for (const file of readdirSync(debs).filter((each) => each.endsWith(".deb"))) {
    await run("dpkg-deb", ["-x", join(debs, file), root]);
  }
}
