/** What can happen to a connection: half open, standing still, ended in the middle of a barrier. */
import { pause, until } from "../../../support/e2e-client.ts";
import { BASE } from "../../../support/e2e-world.ts";
import { seal } from "../../../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../../../support/peer-messages.ts";
import { postPublic } from "../../../support/peer.ts";
import { alice, type Stage } from "../stage.ts";
import type { Fault } from "../trial.ts";

export const halfOpenComponent: Fault = {
  says: "the component's TCP connection is half open: no packet, no FIN, then never again",
  seconds: 8,
  inject: ({ links: { server } }) => {
    server.stall();
    return Promise.resolve(() => {
      server.heal(true);
      return Promise.resolve(undefined);
    });
  },
  logs: /component is offline/,
};

export const halfOpenPod: Fault = {
  says: "a pod accepts connections and no packet of it comes back; another one is as ever",
  seconds: 10,
  othersWithinMs: 3_000,
  inject: ({ links: { pod }, world: { peer } }) => {
    const before = peer.receipts.length;
    pod.stall();
    return Promise.resolve(async () => {
      pod.heal(true);
      const began = performance.now();
      const atBob = (): boolean =>
        peer.receipts.slice(before).some(({ host }) => host === "pod-b.example");
      await until("what waited for the pod", atBob, 90_000);
      return `it gets what waited ${String(Math.round((performance.now() - began) / 1000))} s after it is back`;
    });
  },
};

export const stalledStream: Fault = {
  says: "the XMPP server reads nothing of the component's stream, and goes on later",
  seconds: 10,
  inject: async (stage) => {
    stage.links.server.stall();
    await burst(stage);
    return () => {
      stage.links.server.heal(false);
      return Promise.resolve(undefined);
    };
  },
};

export const serverRestart: Fault = {
  says: "ejabberd restarts while posts are on their way behind a barrier",
  world: { server: "ejabberd" },
  seconds: 1,
  part: "stream",
  inject: async (stage) => {
    await burst(stage);
    // Some are written and not confirmed now.
    await pause(50);
    await stage.world.restartServer();
    await stage.reconnect();
    return () => Promise.resolve(undefined);
  },
};

const BURST = 150;

async function burst({ world }: Stage): Promise<void> {
  const bodies = Array.from({ length: BURST }, () =>
    seal(statusMessage(alice, { guid: newGuid(), text: "one of many" }), alice),
  );
  await Promise.all(bodies.map((body) => postPublic(world.peer, BASE, body)));
}
