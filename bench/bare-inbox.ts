/**
 * The least that can answer 202 to a POST: fastify alone, and fastify with one INSERT for each.
 * In a process of its own, as the daemon is.
 */
import fastify from "fastify";
import { openDatabase, run } from "../src/store/database.ts";

export interface BareJob {
  /** null: nothing is kept. */
  readonly databaseUrl: string | null;
}

export interface BareAnswer {
  readonly port: number;
}

process.on("message", (job: BareJob) => {
  void serve(job).then((answer) => process.send?.(answer));
});
process.once("disconnect", () => process.exit(0));

async function serve({ databaseUrl }: BareJob): Promise<BareAnswer> {
  const app = fastify({ bodyLimit: 2 * 1024 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
  const db = databaseUrl === null ? null : openDatabase({ url: databaseUrl, poolSize: 10 });
  if (db !== null) await db.raw("create table if not exists bare_inbox (body bytea not null)");
  app.post("/receive/public", async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (db !== null) await run(db, "insert into bare_inbox (body) values (?)", [body]);
    return reply.status(202).send();
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = app.server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0 };
}
