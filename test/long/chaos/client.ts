/** A person's client that comes back whenever its connection ends. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  entityFor,
  iqThrough,
  sessionOf,
  within,
  xml,
  type IqAnswer,
  type Login,
  type Stanza,
} from "../../support/e2e-client.ts";

export interface OpenSession {
  iq(type: "get" | "set", to: string, payload: Stanza): Promise<IqAnswer>;
  isOpen(): boolean;
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
}

export interface ClientOptions {
  readonly login: Login;
  readonly onMessage?: (stanza: Stanza) => void;
  /** After each login. */
  readonly onSession?: (session: OpenSession) => Promise<void>;
}

export interface ChaosClient {
  readonly bare: string;
  /**
   * Until it is answered with a result, or with the condition that says that it is done already,
   * in however many sessions; throws when the client is ended.
   */
  insist(type: "get" | "set", to: string, payload: Stanza, done?: string): Promise<IqAnswer>;
  end(): Promise<void>;
}

const IQ_MS = 10_000;
const START_MS = 15_000;
const AGAIN_MS = 500;

export function openClient({ login, onMessage, onSession }: ClientOptions): ChaosClient {
  /** Resolves with the next one while there is none. */
  let current = Promise.withResolvers<OpenSession>();
  const state = { isEnding: false };
  let stop: () => Promise<void> = () => Promise.resolve();

  async function live(): Promise<void> {
    while (!state.isEnding) {
      const opened = openSession(login, onMessage);
      stop = opened.stop;
      const session = await opened.session.catch(() => null);
      if (session !== null) {
        current.resolve(session);
        onSession?.(session).catch(() => undefined);
        await session.ended;
        current = Promise.withResolvers();
      }
      await sleep(AGAIN_MS);
    }
  }
  const living = live();

  return {
    bare: `${login.user}@${login.domain}`,
    insist: async (type, to, payload, done) => {
      for (;;) {
        if (state.isEnding) throw new Error("the client was ended");
        const { iq } = await current.promise;
        const answer = await iq(type, to, payload).catch(() => null);
        if (answer?.type === "result") return answer;
        if (answer !== null && answer.condition === done) return answer;
        await sleep(AGAIN_MS);
      }
    },
    end: async () => {
      state.isEnding = true;
      await stop();
      await living;
    },
  };
}

interface Opening {
  /** Throws when it does not come to one. */
  readonly session: Promise<OpenSession>;
  stop(): Promise<void>;
}

function openSession(login: Login, onMessage: ClientOptions["onMessage"]): Opening {
  const entity = entityFor(login);
  let open = true;
  const ended = new Promise<void>((resolve) => {
    entity.once("disconnect", () => {
      open = false;
      resolve();
    });
  });
  const wire = sessionOf(entity);
  wire.onStanza((stanza) => {
    if (stanza.is("message")) onMessage?.(stanza);
  });
  const ask = iqThrough(wire);
  const begin = async (): Promise<OpenSession> => {
    const started = entity.start();
    const cut = ended.then(() => {
      throw new Error("the connection ended");
    });
    cut.catch(() => undefined);
    if (!(await within(Promise.race([started, cut]), START_MS))) await wire.stop();
    await Promise.race([started, cut]);
    await wire.send(xml("presence"));
    return {
      ended,
      isOpen: () => open,
      iq: (type, to, payload) => Promise.race([ask(type, to, payload, IQ_MS), cut]),
    };
  };
  return { session: begin(), stop: () => wire.stop() };
}
