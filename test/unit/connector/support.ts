/** A component stream on a fake server, with what it said and heard. */
import type { TestContext } from "node:test";
import type { DxError } from "../../../src/errors/error.ts";
import type { LogFields } from "../../../src/log/log.ts";
import {
  createComponentStream,
  type ComponentStream,
  type ComponentStreamOptions,
} from "../../../src/connector/stream.ts";
import type { XmlElement } from "../../../src/xml/element.ts";
import { el } from "../../../src/xml/element.ts";
import {
  fakeComponentServer,
  type FakeServer,
  type FakeServerOptions,
} from "../../support/fake-component-server.ts";

export const DOMAIN = "bridge.example.org";

export interface Bench {
  readonly server: FakeServer;
  readonly stream: ComponentStream;
  readonly stanzas: XmlElement[];
  readonly states: string[];
  readonly fatal: DxError[];
  readonly lines: string[];
  /** Resolves when `test` holds; fails after five seconds. */
  until(test: () => boolean): Promise<void>;
}

export interface BenchOptions {
  readonly server?: FakeServerOptions;
  readonly stream?: Partial<ComponentStreamOptions>;
  readonly start?: boolean;
}

export async function bench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const server = await fakeComponentServer(options.server);
  const stanzas: XmlElement[] = [];
  const states: string[] = [];
  const fatal: DxError[] = [];
  const lines: string[] = [];
  const note = (fields: LogFields, sentence: string): void => {
    lines.push(`${sentence} ${JSON.stringify(fields)}`);
  };
  const { limits, ...others } = options.stream ?? {};
  const stream = createComponentStream({
    domain: DOMAIN,
    host: "127.0.0.1",
    port: server.port,
    secret: "s3cret",
    servedDomain: "example.org",
    log: { debug: note, info: note, warn: note, error: note },
    onStanza: (stanza) => {
      stanzas.push(stanza);
    },
    onOnline: () => states.push("online"),
    onOffline: () => states.push("offline"),
    onFatal: (error) => fatal.push(error),
    ...others,
    limits: { backoffMinMs: 10, backoffMaxMs: 50, handshakeMs: 2_000, stopMs: 500, ...limits },
  });
  t.after(async () => {
    await stream.stop();
    await server.close();
  });
  if (options.start !== false) await stream.start();
  return { server, stream, stanzas, states, fatal, lines, until };
}

async function until(test: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!test()) {
    if (performance.now() > end) throw new Error(`not within five seconds: ${test.toString()}`);
    await wait(5);
  }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

export function chat(body: string, to = "alice@example.org"): XmlElement {
  return el("message", { type: "chat", to }, el("body", {}, body));
}
