/** Requests and answers that cost more than they look. */
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { peerFetch } from "../../../support/peer-http.ts";
import { BASE } from "../../../support/e2e-world.ts";
import { seal } from "../../../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../../../support/peer-messages.ts";
import { postPublic } from "../../../support/peer.ts";
import { freePort } from "../../../../dev/ports.ts";
import { mallory, type Stage } from "../stage.ts";
import type { Fault } from "../trial.ts";

/** More than the server takes at once. */
const SLOW = 2_500;
const BYTE_EVERY_MS = 1_000;

export const slowBodies: Fault = {
  says: `${String(SLOW)} connections send their bodies by a byte a second`,
  seconds: 15,
  othersWithinMs: 15_000,
  inject: ({ world }) => {
    const state = { cut: 0, going: true };
    const sockets = new Set<Socket>();
    const open = (): void => {
      if (!state.going) return;
      const socket = connect(world.settings.httpPort, "127.0.0.1");
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        state.cut += 1;
        sockets.delete(socket);
      });
      socket.write(
        "POST /receive/public HTTP/1.1\r\nHost: dx.home.example\r\nContent-Length: 1000000\r\n\r\n",
      );
    };
    for (let count = 0; count < SLOW; count += 1) open();
    const timer = setInterval(() => {
      for (const socket of sockets) socket.write("x");
    }, BYTE_EVERY_MS);
    return Promise.resolve(() => {
      state.going = false;
      clearInterval(timer);
      const left = sockets.size;
      for (const socket of [...sockets]) socket.destroy();
      return Promise.resolve(
        `${String(SLOW - left)} of them were cut, ${String(left)} were open still`,
      );
    });
  },
};

const BOMB_HOST = "bomb.example";
const LEVELS_MB = 256;

export const gzipBomb: Fault = {
  says: `bodies and answers of discovery that unpack to ${String(LEVELS_MB)} MB`,
  seconds: 8,
  othersWithinMs: 5_000,
  inject: (stage) => {
    const bomb = gzipSync(Buffer.alloc(LEVELS_MB * 1024 * 1024));
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" });
      response.end(bomb);
    });
    server.listen(bombPort, "127.0.0.1");
    const state = { going: true, asked: 0, answered: new Map<number, number>() };
    server.on("request", () => (state.asked += 1));
    const running = bombard(stage, bomb, state);
    return Promise.resolve(async () => {
      state.going = false;
      await running;
      server.close();
      server.closeAllConnections();
      const answers = [...state.answered].map(
        ([status, times]) => `${String(status)} ×${String(times)}`,
      );
      return `${String(state.asked)} answers of discovery were such; bodies were answered ${answers.join(", ")}`;
    });
  },
  world: {
    get names() {
      return new Map([[BOMB_HOST, bombPort]]);
    },
  },
};

const bombPort = await freePort();

async function bombard(
  { world }: Stage,
  bomb: Buffer,
  state: { going: boolean; answered: Map<number, number> },
): Promise<void> {
  const hosts = new Map([["daemon", world.settings.httpPort]]);
  for (let count = 0; state.going; count += 1) {
    const keyId = `eve${String(count)}@${BOMB_HOST}`;
    const payload = statusMessage({ id: keyId }, { guid: newGuid(), text: "who am I" });
    await postPublic(world.peer, BASE, seal(payload, mallory, { keyId }));
    const { status } = await peerFetch("http://daemon/receive/public", hosts, {
      method: "POST",
      body: bomb,
      contentType: "application/magic-envelope+xml",
    }).catch(() => ({ status: 0 }));
    state.answered.set(status, (state.answered.get(status) ?? 0) + 1);
  }
}
