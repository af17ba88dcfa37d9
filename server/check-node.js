// Ends the program with one sentence on a Node that is older than package.json's `engines` says: it would fail at the first file in
// TypeScript, or at what it does not have, with no word of the reason. Plain JavaScript that every Node reads.
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const oldest = engines.node.replace(">=", "");
const numbers = (version) => version.split(".").map(Number);
const [major, minor = 0] = numbers(oldest);
const [ownMajor, ownMinor] = numbers(process.versions.node);

if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
  process.stderr.write(
    `realtime-key-broker needs Node ${oldest} or newer, and this is ${process.versions.node}. In a checkout, \`npm ci\` installs one for \`npm start\`, unless it leaves out the development packages.\n`,
  );
  process.exit(1);
}
