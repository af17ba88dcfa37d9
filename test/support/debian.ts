// Debian's packages that tests need: there already, or installed where that is allowed.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";

/**
 * Makes sure that a program is there, by installing the package as root if need be, and answers its path. `pattern` may
 * have wildcards. Throws with the command to run otherwise.
 */
export const installed = async (pattern: string, debianPackage: string): Promise<string> => {
  const found = () => globSync(pattern).sort().at(-1);
  const present = found();
  if (present) return present;
  const command = `apt-get update && apt-get install -y --no-install-recommends ${debianPackage}`;
  if (process.getuid?.() !== 0) throw new Error(`The tests need ${debianPackage}. As root: ${command}`);
  const code = await run(command);
  const path = found();
  if (code !== 0 || !path) throw new Error(`${debianPackage} could not be installed by: ${command}`);
  return path;
};

const run = (line: string): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", line], {
      stdio: ["ignore", "ignore", "inherit"],
      // In runlevel 1 Debian starts no service that it installs.
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    });
    child.once("error", reject);
    child.once("exit", resolve);
  });
