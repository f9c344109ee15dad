/** The process that keeps a test run's PostgreSQL: `database-host.ts FOLDER PID-OF-THE-RUN`. */
import { setTimeout as sleep } from "node:timers/promises";
import { announce, startCluster } from "./database-cluster.ts";

const [folder = "", run = ""] = process.argv.slice(2);

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const cluster = await startCluster(folder);
announce(folder, cluster.url);
while (lives(Number(run))) await sleep(200);
await cluster.stop();
