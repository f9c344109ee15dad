/**
 * A TCP balancer: each connection to the next of its targets that takes one, as the proxy before
 * several daemons has it. Targets may be at other addresses than loopback.
 */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

export interface Target {
  readonly host?: string;
  readonly port: number;
}

export interface Balancer extends AsyncDisposable {
  readonly port: number;
}

export interface BalancerOptions {
  /** 0: any. */
  readonly port: number;
  readonly host?: string;
  /** Asked for each connection. */
  readonly targets: () => readonly Target[];
}

/** A target that answers nothing within this time is passed over. */
const CONNECT_MS = 500;

export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((socket) => {
    keep(sockets, socket);
    turn += 1;
    const targets = options.targets();
    const first = turn % Math.max(1, targets.length);
    void forward(socket, [...targets.slice(first), ...targets.slice(0, first)], sockets);
  });
  server.listen(options.port, options.host ?? "127.0.0.1");
  await once(server, "listening");
  return {
    // A server that listens on TCP has such an address.
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(socket));
}

async function forward(
  socket: Socket,
  targets: readonly Target[],
  sockets: Set<Socket>,
): Promise<void> {
  for (const target of targets) {
    const upstream = await reach(target);
    if (upstream === null) continue;
    keep(sockets, upstream);
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
    return;
  }
  socket.resetAndDestroy();
}

function reach({ host = "127.0.0.1", port }: Target): Promise<Socket | null> {
  return new Promise((resolve) => {
    const upstream = connect(port, host);
    const fail = (): void => {
      upstream.destroy();
      resolve(null);
    };
    upstream.setTimeout(CONNECT_MS, fail);
    upstream.once("error", fail);
    upstream.once("connect", () => {
      upstream.setTimeout(0);
      upstream.off("error", fail);
      resolve(upstream);
    });
  });
}
