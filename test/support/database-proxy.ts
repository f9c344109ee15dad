/** A way to the database that can be cut and opened again, as a network or a fail-over would. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";

export interface DatabaseProxy extends AsyncDisposable {
  /** The same database, through here. */
  readonly url: string;
  /** Connections that were tried, those in vain included. */
  readonly tried: number;
  /** Those that are open now. */
  readonly open: number;
  /** Drops what is open and takes nothing more until `mend`. */
  cut(): void;
  mend(): void;
  /** As `cut`, but the database is not told: its sessions live on. */
  strand(): void;
}

export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const path = join(target.searchParams.get("host") ?? "", ".s.PGSQL.5432");
  const sockets = new Set<Socket>();
  const stranded: Socket[] = [];
  let isStranding = false;
  let isCut = false;
  let tried = 0;
  const server: Server = createServer((socket) => {
    tried += 1;
    socket.on("error", () => undefined);
    if (isCut) {
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect(path);
    upstream.on("error", () => socket.destroy());
    upstream.on("close", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      if (isStranding) stranded.push(upstream);
      else upstream.destroy();
    });
    sockets.add(socket);
    upstream.pipe(socket);
    socket.on("data", (bytes) => upstream.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  target.search = "";
  target.hostname = "127.0.0.1";
  target.port = String(port);
  const drop = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: target.href,
    get tried() {
      return tried;
    },
    get open() {
      return sockets.size;
    },
    cut() {
      isCut = true;
      drop();
    },
    mend() {
      isCut = false;
    },
    strand() {
      isCut = true;
      isStranding = true;
      drop();
    },
    async [Symbol.asyncDispose]() {
      drop();
      for (const socket of stranded) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
