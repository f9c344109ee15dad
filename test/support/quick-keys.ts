/**
 * Loaded into a daemon before its own code: keys of 2,048 bits, where it makes some of 4,096.
 * Those cost half a second to ten each, and files that register dozens of people would spend
 * their time on nothing else; other tests have the long ones.
 */
import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

const BITS = 2_048;
const generate = promisify(generateKeyPair);

Object.defineProperty(generateKeyPair, promisify.custom, {
  value: (type: "rsa", options: { readonly modulusLength: number }) =>
    generate(type, { ...options, modulusLength: BITS }),
});
