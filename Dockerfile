# One image for each process: docker build --target proxy -t reservoir/proxy:0.1.0 . (and processor, edge).
# COPY sets the modes, because a clone made with umask 077 would be unreadable for the user of the container.
# TypeScript runs as it is, so nothing is built: dependencies are installed and our folders laid beside them.
# Where images are made for production, pin the digest too: node:24.21.0-bookworm-slim@sha256:…

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Exactly what the lockfile says, and no scripts of packages: none that runs in production needs one. The optional packages are types.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
# The browser script of the reference page: with scripts, npm ci would run this too.
COPY scripts/viewer ./scripts/viewer
RUN node scripts/viewer/fetch.mjs

FROM node:24.21.0-bookworm-slim AS base
ENV NODE_ENV=production
# Of the container's memory limit. Buffers and sockets need the other half.
ENV NODE_OPTIONS=--max-old-space-size-percentage=50
WORKDIR /app
COPY --chmod=755 package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
# Root's files, read by another: nothing in the image can be changed from within. 1000 is the user `node`.
USER 1000:1000

FROM base AS proxy
COPY --chmod=755 platform ./platform
COPY --chmod=755 log ./log
COPY --chmod=755 proxy ./proxy
COPY --from=dependencies /app/platform/viewer/bundle.js ./platform/viewer/
EXPOSE 8082
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PROXY_PORT || 8082}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "proxy/node.ts"]

FROM base AS processor
COPY --chmod=755 domain ./domain
COPY --chmod=755 platform ./platform
COPY --chmod=755 log ./log
COPY --chmod=755 store ./store
COPY --chmod=755 processor ./processor
EXPOSE 8090
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PROCESSOR_PORT || 8090}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "processor/node.ts"]

FROM base AS edge
COPY --chmod=755 domain ./domain
COPY --chmod=755 platform ./platform
COPY --chmod=755 edge ./edge
COPY --from=dependencies /app/platform/viewer/bundle.js ./platform/viewer/
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.EDGE_PORT || 8787}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "edge/node.ts"]
