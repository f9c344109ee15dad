/** More than anybody ought to send: the pod, the person or the XMPP domain that does so waits. */
import { pause, xml } from "../../../support/e2e-client.ts";
import { goOnline } from "../../../support/e2e-social.ts";
import { BASE, COMPONENT, SECRET } from "../../../support/e2e-world.ts";
import { logInNeighbour } from "../../../support/hostile-neighbour.ts";
import { seal } from "../../../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../../../support/peer-messages.ts";
import type { PeerAnswer } from "../../../support/peer-http.ts";
import { postPublic } from "../../../support/peer.ts";
import { mallory, type Stage } from "../stage.ts";
import type { Fault } from "../trial.ts";

const SENDERS = 48;

export const overload: Fault = {
  says: "a pod sends more, and larger, than is worked on, into an inbox of 400 messages",
  world: { limits: { inbox_max_rows: 400 } },
  seconds: 10,
  othersWithinMs: 15_000,
  inject: (stage) => flood(stage, 60_000),
};

export const floodOfAPod: Fault = {
  says: "one pod sends as quickly as it can; another one is as ever",
  seconds: 10,
  othersWithinMs: 8_000,
  inject: (stage) => flood(stage, 200),
};

async function flood(stage: Stage, letters: number): Promise<() => Promise<string>> {
  const answers = new Map<number, number>();
  const state = { going: true, unasked: 0 };
  const count = ({ status, headers }: PeerAnswer): void => {
    answers.set(status, (answers.get(status) ?? 0) + 1);
    if (status === 503 && headers["retry-after"] === undefined) state.unasked += 1;
  };
  const senders = Array.from({ length: SENDERS }, async () => {
    while (state.going) {
      const text = "x".repeat(letters);
      const body = seal(statusMessage(mallory, { guid: newGuid(), text }), mallory);
      // So often again: signing would be the bound.
      for (let times = 0; times < 20; times += 1) {
        await postPublic(stage.world.peer, BASE, body).then(count, () => undefined);
      }
    }
  });
  await Promise.resolve();
  return async () => {
    state.going = false;
    await Promise.all(senders);
    const said = [...answers].map(([status, times]) => `${String(status)} ×${String(times)}`);
    return `the flood was answered ${said.join(", ")}; 503 without Retry-After: ${String(state.unasked)}`;
  };
}

export const floodOfAPerson: Fault = {
  says: "one person asks and writes to the gateway without a pause",
  seconds: 10,
  othersWithinMs: 5_000,
  inject: async ({ world }) => {
    const eve = await world.connect("eve");
    await goOnline(eve);
    const state = { going: true, sent: 0 };
    const running = (async () => {
      while (state.going) {
        for (let many = 0; many < 40; many += 1) {
          state.sent += 2;
          const query = xml("query", { xmlns: "http://jabber.org/protocol/disco#info" });
          await eve.send(xml("iq", { type: "get", to: COMPONENT, id: newGuid() }, query));
          const words = xml("body", {}, `help ${String(state.sent)}`);
          await eve.send(xml("message", { to: COMPONENT, type: "chat", id: newGuid() }, words));
        }
        await pause(10);
      }
    })();
    return async () => {
      state.going = false;
      await running;
      return `${String(state.sent)} stanzas, ${String(eve.stanzas.length)} came back`;
    };
  },
};

const EVIL = "evil.example";

export const floodOfADomain: Fault = {
  says: "one XMPP domain asks and writes under thousands of names, through ejabberd",
  world: { server: "ejabberd", otherComponents: [EVIL] },
  seconds: 10,
  othersWithinMs: 8_000,
  inject: async ({ world }) => {
    const evil = await logInNeighbour(world.server.componentPort, EVIL, SECRET);
    const state = { going: true, sent: 0 };
    const running = (async () => {
      while (state.going && !evil.ended) {
        let bytes = "";
        for (let many = 0; many < 50; many += 1) {
          state.sent += 1;
          const from = `eve${String(state.sent)}@${EVIL}`;
          bytes +=
            state.sent % 2 === 0
              ? `<iq type='get' id='${String(state.sent)}' from='${from}' to='${COMPONENT}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`
              : `<message type='chat' from='${from}' to='${COMPONENT}'><body>help</body></message>`;
        }
        await evil.raw(bytes);
        await pause(10);
      }
    })();
    return async () => {
      state.going = false;
      await running;
      await evil.close();
      return `${String(state.sent)} stanzas, ${String(evil.heard.length)} came back`;
    };
  },
};
