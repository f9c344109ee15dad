/**
 * The process that keeps a PostgreSQL in its network namespace: `database.ts FOLDER ADDRESS`. Says
 * its URL, and ends with SIGTERM.
 */
import { appendFileSync } from "node:fs";
import { once } from "node:events";
import { silentLog } from "../../../src/log/log.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { startEmbedded } from "../../../src/store/embedded.ts";

const [folder = "", address = ""] = process.argv.slice(2);
const server = await startEmbedded({
  dataDir: folder,
  log: silentLog,
  settings: { fsync: "off", listen_addresses: address, max_connections: "200" },
});
const db = openDatabase({ url: server.url, poolSize: 1 });
const { rows } = await db.raw<{ rows: { hba_file: string }[] }>("show hba_file");
appendFileSync(rows[0]?.hba_file ?? "", `\nhost all all ${address}/24 scram-sha-256\n`);
await db.raw("select pg_reload_conf()");
await db.destroy();
const url = new URL(server.url);
url.hostname = address;
url.search = "";
console.log(url.href);
await once(process, "SIGTERM");
await server.stop();
