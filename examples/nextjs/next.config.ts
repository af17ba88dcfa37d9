// The broker reads files that lie beside it, so Next leaves it out of its bundles.
export default { serverExternalPackages: ["realtime-key-broker"] };
