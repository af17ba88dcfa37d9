# The service in a container: production packages, the server's source, and what the page is built into.
# Mount your configuration at /app/broker.yaml, or set BROKER_CONFIG. docs/deploy.md says how alike two builds are.

FROM node:26.10.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build.js scripts/
COPY client client
COPY web-demo web-demo
COPY web-admin web-admin
COPY server/ledger/calendar.ts server/ledger/
RUN npm run build
# What the service runs on, without the tools that built the page, and without what its packages could work with: 67 packages
# instead of 176. `npm run sbom` lists them.
RUN npm ci --omit=dev --omit=optional --omit=peer --ignore-scripts --no-audit --no-fund

FROM node:26.10.0-bookworm-slim
ENV HOST=0.0.0.0 PORT=8787
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY server server
# Users and the books are kept here unless DATABASE_URL says otherwise; also with --read-only it can be written to. And `broker users …`
# is on the path of `docker exec`.
RUN mkdir data cache && chown node:node data cache && ln -s /app/server/cli/main.ts /usr/local/bin/broker
VOLUME /app/data
USER node
# Compiles everything once, for a quick start also where nothing can be written: without a key the service refuses to start
# when all is loaded. What is compiled holds for runtime.js's flags only.
ENV NODE_COMPILE_CACHE=/app/cache
RUN ! DATABASE_URL=sqlite::memory: node --import ./server/runtime.js server/main.ts
# And what its threads run, each of which ends at once: no one tells it what to do.
RUN for worker in $(find server -name "*.worker.ts"); do ! node --import ./server/runtime.js $worker || exit 1; done
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# As `npm start` does it.
CMD ["node", "--import", "./server/runtime.js", "server/main.ts"]
