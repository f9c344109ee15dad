import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:https";
import { test, type TestContext } from "node:test";
import forge from "node-forge";
import { isDxError } from "../../../src/errors/error.ts";
import { createGuardedHttp } from "../../../src/http/client.ts";

interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate for this host that only itself vouches for. */
function selfSigned(host: string): Certificate {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const forgeKey = forge.pki.privateKeyFromPem(key);
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.setRsaPublicKey(forgeKey.n, forgeKey.e);
  cert.serialNumber = "01";
  cert.validity.notBefore = new Date(Date.now() - 3_600_000);
  cert.validity.notAfter = new Date(Date.now() + 3_600_000);
  const subject = [{ name: "commonName", value: host }];
  cert.setSubject(subject);
  cert.setIssuer(subject);
  cert.setExtensions([
    { name: "basicConstraints", cA: true },
    { name: "subjectAltName", altNames: [{ type: 2, value: host }] },
  ]);
  cert.sign(forgeKey, forge.md.sha256.create());
  return { key, cert: forge.pki.certificateToPem(cert) };
}

async function tlsServer(t: TestContext, certificate: Certificate): Promise<number> {
  const server = createServer(
    { key: certificate.key, cert: certificate.cert },
    (_request, response) => response.end("secure"),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

test("https is believed only with a certificate that is vouched for and names the host", async (t) => {
  const certificate = selfSigned("pod.example");
  const port = await tlsServer(t, certificate);
  const options = {
    version: "1",
    allowPrivateAddresses: true,
    resolve: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
  };
  const trusting = createGuardedHttp({ ...options, ca: certificate.cert });
  const strict = createGuardedHttp(options);
  t.after(() => Promise.all([trusting.close(), strict.close()]));

  const answer = await trusting.get(`https://pod.example:${String(port)}/`);
  assert.equal(answer.body.toString(), "secure");
  await assert.rejects(
    trusting.get(`https://other.example:${String(port)}/`),
    (error) =>
      isDxError(error, "DX_HTTP_UNREACHABLE") &&
      error.evidence["cause"] === "ERR_TLS_CERT_ALTNAME_INVALID",
  );
  await assert.rejects(
    strict.get(`https://pod.example:${String(port)}/`),
    (error) => isDxError(error, "DX_HTTP_UNREACHABLE") && error.retryable,
  );
});
