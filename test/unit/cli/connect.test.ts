import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import { connectClient, type XmppClient } from "../../../src/client/connect.ts";
import { seenIn } from "../../../src/client/watch.ts";
import { isDxError, type DxError } from "../../../src/errors/error.ts";
import { el, textOf, type XmlElement } from "../../../src/xml/element.ts";
import { idOf, startFakeServer } from "./fake-server.ts";

const LOGIN = { jid: "bob@box.local", password: "secret", host: "127.0.0.1", insecure: true };

async function failure(work: Promise<XmppClient>): Promise<DxError> {
  const error: unknown = await work.then(
    async (client) => {
      await client.close();
    },
    (reason: unknown) => reason,
  );
  assert.ok(isDxError(error));
  return error;
}

test("logs in over STARTTLS with a certificate of the server's own, when that is allowed", async (t) => {
  const { port } = await startFakeServer(t);
  const client = await connectClient({ ...LOGIN, port });
  assert.equal(client.full, "bob@box.local/r1");
  await client.close();
  await client.closed;
});

test("refuses that certificate otherwise, before a password is sent", async (t) => {
  const { port, received } = await startFakeServer(t);
  const error = await failure(connectClient({ ...LOGIN, port, insecure: false }));
  assert.equal(error.code, "DX_CLIENT_TLS");
  assert.match(error.message, /DEPTH_ZERO_SELF_SIGNED_CERT/);
  assert.doesNotMatch(received.join(""), /<auth/);
});

test("one connection's trust is not the process's: the next one refuses again", async (t) => {
  const { port } = await startFakeServer(t);
  await (await connectClient({ ...LOGIN, port })).close();
  assert.equal(
    (await failure(connectClient({ ...LOGIN, port, insecure: false }))).code,
    "DX_CLIENT_TLS",
  );
});

test("a server without TLS gets no log-in, and with --insecure no password in the clear", async (t) => {
  const { port, received } = await startFakeServer(t, { tls: false });
  assert.equal(
    (await failure(connectClient({ ...LOGIN, port, insecure: false }))).code,
    "DX_CLIENT_TLS",
  );
  const error = await failure(connectClient({ ...LOGIN, port }));
  assert.equal(error.code, "DX_CLIENT_LOGIN");
  assert.match(error.message, /safe without TLS/);
  assert.doesNotMatch(received.join(""), /<auth/);
});

test("a password beyond ASCII arrives as it was typed", async (t) => {
  const password = "paßwörd→日本";
  const { port } = await startFakeServer(t, { password });
  const client = await connectClient({ ...LOGIN, port, password });
  await client.close();
});

test("a wrong password is said plainly and not repeated", async (t) => {
  const { port } = await startFakeServer(t);
  const error = await failure(connectClient({ ...LOGIN, port, password: "hunter2" }));
  assert.equal(error.code, "DX_CLIENT_LOGIN");
  assert.doesNotMatch(error.message, /hunter2/);
});

test("regression: a character split between two packets arrives whole", async (t) => {
  const message = Buffer.from(
    "<message from='ann@box.local' type='chat'><body>café 日本</body></message>",
  );
  const { port } = await startFakeServer(t, {
    onStanza: (_text, write) => {
      void (async () => {
        for (const byte of message) {
          write(Buffer.from([byte]));
          await delay(1);
        }
      })();
    },
  });
  const client = await connectClient({ ...LOGIN, port });
  const stanza = await nextStanza(client, () => client.send(el("presence")));
  assert.equal(textOf(stanza), "café 日本");
  assert.equal(seenIn(stanza)[0]?.text, "café 日本");
  await client.close();
});

test("stream management is not negotiated, since xmpp.js miscounts it", async (t) => {
  const { port, received } = await startFakeServer(t);
  const client = await connectClient({ ...LOGIN, port });
  await client.send(el("presence"));
  await client.close();
  assert.doesNotMatch(received.join(""), /urn:xmpp:sm:3/);
});

test("regression: an answer from somebody who was not asked is no answer", async (t) => {
  const { port } = await startFakeServer(t, {
    onStanza: (text, write) => {
      const id = idOf(text);
      write(`<iq type='result' id='${id}' from='mallory@evil.example'><forged/></iq>`);
      write(`<iq type='result' id='${id}' from='dx.box.local'><real/></iq>`);
    },
  });
  const client = await connectClient({ ...LOGIN, port });
  const answer = await client.request({
    type: "get",
    to: "dx.box.local",
    payload: el("query", { xmlns: "x" }),
  });
  assert.deepEqual(
    answer.children.map((node) => (typeof node === "string" ? node : node.name)),
    ["real"],
  );
  await client.close();
});

test("a refused IQ is an error with its condition, an unanswered one a time-out", async (t) => {
  const { port } = await startFakeServer(t, {
    onStanza: (text, write) => {
      if (!text.includes("refused")) return;
      write(
        `<iq type='error' id='${idOf(text)}' from='bob@box.local'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
      );
    },
  });
  const client = await connectClient({ ...LOGIN, port });
  await assert.rejects(
    client.request({ type: "set", payload: el("refused", { xmlns: "x" }) }),
    (error) => {
      assert.ok(isDxError(error, "DX_IQ_ERROR"));
      assert.equal(error.evidence["condition"], "conflict");
      return true;
    },
  );
  await assert.rejects(
    client.request({ type: "get", payload: el("silent", { xmlns: "x" }), timeoutMs: 50 }),
    (error) => isDxError(error, "DX_IQ_TIMEOUT"),
  );
  await client.close();
});

test("when the server goes, what waits fails, and nothing reconnects", async (t) => {
  let connections = 0;
  const { port } = await startFakeServer(t, {
    onStanza: (_text, write) => {
      connections += 1;
      write("</stream:stream>");
    },
  });
  const client = await connectClient({ ...LOGIN, port });
  const waiting = client.request({ type: "get", payload: el("query", { xmlns: "x" }) });
  const closing = client.closed;
  await Promise.all([assert.rejects(waiting), closing, client.close()]);
  await assert.rejects(client.send(el("presence")), (error) =>
    isDxError(error, "DX_CLIENT_CLOSED"),
  );
  assert.equal(connections, 1);
});

test("a server that says nothing is left after the time-out", async (t) => {
  const { port } = await startFakeServer(t, { onConnection: () => undefined });
  const error = await failure(connectClient({ ...LOGIN, port, timeoutMs: 200 }));
  assert.equal(error.code, "DX_CLIENT_UNREACHABLE");
});

test("a server that hangs up in the greeting is noticed at once", async (t) => {
  const { port } = await startFakeServer(t, {
    onConnection: (socket) => {
      socket.once("data", () => socket.destroy());
    },
  });
  const error = await failure(connectClient({ ...LOGIN, port, timeoutMs: 5_000 }));
  assert.ok(["DX_CLIENT_CLOSED", "DX_CLIENT_UNREACHABLE"].includes(error.code));
});

test("nobody listening is said with the address that was tried", async () => {
  const error = await failure(connectClient({ ...LOGIN, port: 1 }));
  assert.equal(error.code, "DX_CLIENT_UNREACHABLE");
  assert.match(error.message, /127\.0\.0\.1:1/);
});

function nextStanza(client: XmppClient, act: () => Promise<void>): Promise<XmlElement> {
  return new Promise((resolve, reject) => {
    client.listen(resolve);
    act().catch(reject);
  });
}

test("an account that there is already is told so, and is not logged in to", async (t) => {
  const { port, received } = await startFakeServer(t, {
    onStanza: (text, write) => {
      write(
        `<iq type='error' id='${idOf(text)}'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
      );
    },
  });
  const error = await failure(connectClient({ ...LOGIN, port, create: true }));
  assert.equal(error.code, "DX_CLIENT_ACCOUNT");
  assert.match(error.message, /such an account already/);
  assert.doesNotMatch(received.join(""), /<auth/);
});
