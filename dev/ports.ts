/**
 * TCP ports for private servers. They are drawn from below the kernel's ephemeral range
 * (32768 and up on Linux), so that no outgoing connection takes one between the choice
 * and the listening, nor while a server that keeps its port is down.
 */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const LOWEST = 15_000;
const HIGHEST = 32_000;
const ATTEMPTS = 200;

const given = new Set<number>();

/** A port that nobody listens at; never the same twice in one process. */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!given.has(port) && (await portIsFree(port, host))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no free TCP port on ${host} in ${String(ATTEMPTS)} attempts`);
}

/** The port of an earlier run where it is still free, so that addresses stay what they were. */
export async function keptPort(earlier: number | undefined, host = "127.0.0.1"): Promise<number> {
  if (earlier !== undefined && !given.has(earlier) && (await portIsFree(earlier, host))) {
    given.add(earlier);
    return earlier;
  }
  return await freePort(host);
}

export async function portIsFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** The first of these that is free, else any: well-known ports are less to type. */
export async function preferredPort(
  wishes: readonly number[],
  host = "127.0.0.1",
): Promise<number> {
  for (const port of wishes) {
    if (!given.has(port) && (await portIsFree(port, host))) {
      given.add(port);
      return port;
    }
  }
  return await freePort(host);
}
