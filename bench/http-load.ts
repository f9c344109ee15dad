/**
 * The load of the relay bench, in a process of its own: prepared POSTs over a few kept connections,
 * each with the next one as soon as the last is answered. No HTTP library: what it costs is taken
 * from the cores of what is measured.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface LoadJob {
  readonly port: number;
  readonly host: string;
  readonly bodies: readonly Uint8Array[];
  readonly connections: number;
  /** In a second; as many as are taken when absent. */
  readonly rate?: number;
}

export interface LoadAnswer {
  /** Answered 202. */
  readonly accepted: number;
  /** Milliseconds from the first byte sent to the last answer. */
  readonly took: number;
}

const END_OF_HEAD = "\r\n\r\n";

process.on("message", (job: LoadJob) => {
  void load(job).then((answer) => process.send?.(answer));
});
process.once("disconnect", () => process.exit(0));

async function load({ port, host, bodies, connections, rate }: LoadJob): Promise<LoadAnswer> {
  const requests = bodies.map((body) => requestOf(host, body));
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const began = performance.now();
  let next = 0;
  let accepted = 0;
  const work = async (socket: Socket): Promise<void> => {
    for (;;) {
      const at = next;
      const request = requests[at];
      if (request === undefined) return;
      next += 1;
      if (rate !== undefined) await until(began + (at * 1000) / rate);
      if ((await ask(socket, request)) === "202") accepted += 1;
    }
  };
  await Promise.all(sockets.map(work));
  const took = performance.now() - began;
  for (const socket of sockets) socket.destroy();
  return { accepted, took };
}

async function until(moment: number): Promise<void> {
  const wait = moment - performance.now();
  if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  return socket;
}

function requestOf(host: string, body: Uint8Array): Buffer {
  const head = [
    "POST /receive/public HTTP/1.1",
    `host: ${host}`,
    "content-type: application/magic-envelope+xml",
    `content-length: ${String(body.length)}`,
  ];
  return Buffer.concat([Buffer.from(head.join("\r\n") + END_OF_HEAD), body]);
}

/** The status. All that is asked here answers without a body. */
function ask(socket: Socket, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = "";
    const onData = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (!head.includes(END_OF_HEAD)) return;
      socket.off("data", onData).off("close", onClose);
      resolve(head.split(" ", 2)[1] ?? "");
    };
    const onClose = (): void => {
      reject(new Error("the connection was closed"));
    };
    socket.on("data", onData).once("close", onClose);
    socket.write(request);
  });
}
