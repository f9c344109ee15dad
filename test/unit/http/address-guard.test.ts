import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress, readUrl, refusePrivateLiteral } from "../../../src/http/address-guard.ts";
import { isDxError } from "../../../src/errors/error.ts";

const NOT_PUBLIC = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.0.170",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.7",
  "203.0.113.9",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::ffff:8.8.8.8",
  "::ffff:0:127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::8.8.8.8",
  "64:ff9b:1::a00:1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "2002:808:808::1",
  "3fff::1",
  "4000::1",
  "5f00::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%lo",
  "2606:4700::1111%eth0",
  "fec0::1",
  "ff02::1",
  "",
  "localhost",
  "pod.example",
];

for (const address of NOT_PUBLIC) {
  test(`the address "${address}" is not dialled`, () => {
    assert.equal(isPublicAddress(address), false);
  });
}

for (const address of ["1.1.1.1", "9.9.9.9", "172.32.0.1", "100.128.0.1", "2606:4700::1111"]) {
  test(`the address ${address} is public`, () => {
    assert.equal(isPublicAddress(address), true);
  });
}

const REFUSED_URLS: Readonly<Record<string, string>> = {
  "plain http": "http://pod.example/",
  "another scheme": "file:///etc/passwd",
  "a data URL": "data:text/html,x",
  "a relative URL": "/hcard/users/1",
  "a user name": "https://user@pod.example/",
  "a password": "https://:secret@pod.example/",
  "a trailing dot": "https://pod.example./",
  "a trailing dot behind an address": "https://pod.example.:8443/",
  "the port of ssh": "https://pod.example:22/",
  "the port of smtp": "https://pod.example:25/",
  "port 1023": "https://pod.example:1023/",
  "a URL over 2,048 characters": `https://pod.example/${"a".repeat(2048)}`,
  loopback: "https://127.0.0.1/",
  "loopback, short": "https://127.1/",
  "loopback in decimal": "https://2130706433/",
  "loopback in octal": "https://0177.0.0.1/",
  "loopback in hexadecimal": "https://0x7f000001/",
  "loopback in full-width digits": "https://１２７.0.0.1/",
  "loopback in IPv6": "https://[::1]/",
  "loopback mapped": "https://[::ffff:127.0.0.1]/",
  "the metadata service": "https://169.254.169.254/latest/meta-data",
};

for (const [what, url] of Object.entries(REFUSED_URLS)) {
  test(`a URL with ${what} is refused before anything is dialled`, () => {
    assert.throws(
      () => {
        refusePrivateLiteral(readUrl(url, { allowHttp: false }));
      },
      (error) => isDxError(error, "DX_ADDRESS_FORBIDDEN"),
    );
  });
}

const ACCEPTED_URLS = [
  "https://pod.example/",
  "https://pod.example:443/x?y=z",
  "https://pod.example:80/",
  "https://pod.example:1024/",
  "https://pod.example:3000/",
  "https://9.9.9.9/",
  "https://[2606:4700::1111]/",
];

for (const url of ACCEPTED_URLS) {
  test(`${url} may be contacted`, () => {
    refusePrivateLiteral(readUrl(url, { allowHttp: false }));
  });
}
