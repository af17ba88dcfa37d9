// The servers that REDIS_URL names: one, or several of a cluster.

/**
 * `redis://USER:PASSWORD@a:7000,b:7000` names two servers of one cluster, which have user and password in common. Throws
 * `TypeError` where it is no address.
 */
export const clusterNodes = (url: string): URL[] => {
  const [scheme] = /^rediss?:\/\//.exec(url) ?? [];
  if (scheme === undefined) throw new TypeError("not an address of Redis");
  const end = url.slice(scheme.length).search(/[/?#]/);
  const authority = end === -1 ? url.slice(scheme.length) : url.slice(scheme.length, scheme.length + end);
  const rest = url.slice(scheme.length + authority.length);
  const hostsAt = authority.lastIndexOf("@") + 1;
  const before = scheme + authority.slice(0, hostsAt);
  const hosts = authority.slice(hostsAt).split(",");
  return hosts.map((host) => new URL(before + host.trim() + rest));
};

export const isRedisAddress = (url: string): boolean => {
  try {
    return clusterNodes(url).every(({ hostname }) => hostname !== "");
  } catch {
    return false;
  }
};
