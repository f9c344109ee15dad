/** undici alone, posting one body to many pods: what the daemon's sending is measured by. */
import { Agent, buildConnector } from "undici";

export interface PosterJob {
  readonly port: number;
  readonly hosts: readonly string[];
  readonly body: string;
  /** Of each pod. */
  readonly times: number;
  /** Connections of the last job are used again. */
  readonly warm: boolean;
}

export interface PosterAnswer {
  readonly took: number;
}

const IN_FLIGHT = 100;

let agent: Agent | null = null;

process.on("message", (job: PosterJob) => {
  void post(job).then((answer) => process.send?.(answer));
});
process.once("disconnect", () => process.exit(0));

async function post({ port, hosts, body, times, warm }: PosterJob): Promise<PosterAnswer> {
  if (!warm || agent === null) {
    await agent?.destroy();
    agent = agentFor(port);
  }
  const dispatcher = agent;
  const targets = Array.from({ length: times }, () => hosts).flat();
  const began = performance.now();
  const work = async (): Promise<void> => {
    for (let host = targets.pop(); host !== undefined; host = targets.pop()) {
      const answer = await dispatcher.request({
        origin: `http://${host}`,
        path: "/receive/public",
        method: "POST",
        headers: { "content-type": "application/magic-envelope+xml" },
        body,
      });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return { took: performance.now() - began };
}

function agentFor(port: number): Agent {
  const dial = buildConnector({});
  return new Agent({
    keepAliveTimeout: 60_000,
    connect: (options, callback) => {
      dial({ ...options, hostname: "127.0.0.1", port: String(port) }, callback);
    },
  });
}
