// The servers that REDIS_URL names: one, or several of a cluster.

const address = /^(rediss?:\/\/(?:[^/?#]*@)?)([^@/?#]+)(.*)$/;

/**
 * `redis://USER:PASSWORD@a:7000,b:7000` names two servers of one cluster, which have user and password in common. Throws
 * `TypeError` where it is no address.
 */
export const clusterNodes = (url: string): URL[] => {
  const [, before = "", hosts = "", rest = ""] = address.exec(url) ?? [];
  if (hosts === "") throw new TypeError("not an address of Redis");
  return hosts.split(",").map((host) => new URL(before + host.trim() + rest));
};

export const isRedisAddress = (url: string): boolean => {
  try {
    return clusterNodes(url).every(({ hostname }) => hostname !== "");
  } catch {
    return false;
  }
};
