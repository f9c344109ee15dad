/**
 * The test peer's own HTTP client: node:http on loopback, a name map in place of DNS, no
 * redirects, everything bounded in time and size.
 */
import { request, type Agent, type IncomingHttpHeaders } from "node:http";

/** Host, or host:port, → loopback port. */
export type HostPorts = ReadonlyMap<string, number>;

export interface PeerAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface PeerRequest {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly body?: string | Buffer;
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly agent?: Agent;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Whatever the scheme, the map's host is spoken to in plain HTTP with the Host header of its name. */
export async function peerFetch(
  url: string,
  hosts: HostPorts,
  wishes: PeerRequest = {},
): Promise<PeerAnswer> {
  const { host, hostname, pathname, search } = new URL(url);
  const port = hosts.get(host) ?? hosts.get(hostname);
  if (port === undefined) throw new Error(`${host} is not in the peer's name map`);
  const body = wishes.body ?? "";
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path: `${pathname}${search}`,
        method: wishes.method ?? "GET",
        agent: wishes.agent ?? false,
        signal: AbortSignal.timeout(wishes.timeoutMs ?? TIMEOUT_MS),
        headers: {
          host,
          "user-agent": "DiasporaFederation/1.1.0",
          ...(wishes.contentType === undefined ? {} : { "content-type": wishes.contentType }),
          ...(wishes.method === "POST" ? { "content-length": Buffer.byteLength(body) } : {}),
        },
      },
      (incoming) => {
        let size = 0;
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) incoming.destroy(new Error("the answer is too long"));
          else chunks.push(chunk);
        });
        incoming.once("error", reject);
        incoming.once("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
        });
      },
    );
    outgoing.once("error", reject);
    outgoing.end(wishes.method === "POST" ? body : undefined);
  });
}
