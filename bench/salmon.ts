/**
 * What the diaspora* wire protocol costs beside the RSA under it, in the same run and on the
 * same cores: everything on one core first, then on two. A process of its own for each, since
 * neither the cores nor the thread pool of a running one can be changed.
 */
import { spawn, spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";

const CORES_FILE = fileURLToPath(new URL("./salmon-cores.ts", import.meta.url));

export async function main(): Promise<number> {
  const quick = process.argv.includes("--quick");
  const canPin = spawnSync("taskset", ["-c", "0", "true"]).status === 0;
  console.log(
    `${cpus()[0]?.model ?? "unknown processor"}, ${String(availableParallelism())} cores; ` +
      `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
  );
  console.log(
    "bare: node:crypto alone, synchronous, one thread per core in a tight loop, key parsed before.\n" +
      "ours: as in the daemon; the event loop's own work shares the cores with the RSA.\n" +
      "Rates: median of five alternating runs (least–most), on all cores together. Ratios: of the\n" +
      "medians, by the clock and by processor time, which says more when others use the machine.",
  );
  let code = 0;
  for (const cores of [1, Math.min(2, availableParallelism())]) {
    code = Math.max(code, await measureOn(cores, canPin, quick));
  }
  return code;
}

async function measureOn(cores: number, pin: boolean, quick: boolean): Promise<number> {
  const list = Array.from({ length: cores }, (_, core) => String(core)).join(",");
  console.log(
    `\n== ${String(cores)} core${cores === 1 ? "" : "s"}: ` +
      (pin ? `the whole process on core ${list} (taskset)` : "NOT pinned (there is no taskset)") +
      `, UV_THREADPOOL_SIZE=${String(cores)}, ${String(cores)} decrypting thread(s)`,
  );
  const node = [process.execPath, CORES_FILE, String(cores), ...(quick ? ["--quick"] : [])];
  const [command = "", ...args] = pin ? ["taskset", "-c", list, ...node] : node;
  const child = spawn(command, args, {
    stdio: "inherit",
    env: { ...process.env, UV_THREADPOOL_SIZE: String(cores) },
  });
  const stop = (): void => void child.kill();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("exit", (exit) => {
      resolve(exit ?? 1);
    });
  });
  process.off("SIGINT", stop).off("SIGTERM", stop);
  return code;
}
