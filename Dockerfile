# Three images from one file: engine-baileys, engine-webjs (with Chromium) and tandem.
# They share the layer of the packages, so that the three together are not much larger than the largest.
#
#   docker build --target tandem -t tandem/service .

ARG NODE_IMAGE=node:24-trixie-slim

# The packages. Rebuilt only when the lock file changes.
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc .puppeteerrc.cjs ./
# No install scripts: the database driver brings its binaries along, and the browser comes from Debian.
RUN npm ci --omit=dev --ignore-scripts

# What every image has. The image brings Node; the pinned one of package.json is for development.
FROM ${NODE_IMAGE} AS base
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tandem" \
      org.opencontainers.image.description="Two independent WhatsApp engines on one account, one complete history" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
# The account lies in a folder below /data that the process makes itself, so that it may run under any user id.
RUN mkdir /data && chmod 1777 /data
# Everything but /data and /tmp may be read-only.
ENV NODE_ENV=production \
    HOME=/tmp \
    NODE_COMPILE_CACHE=/tmp/node-compile-cache \
    TANDEM_DATA_DIR=/data/account
COPY --from=packages /app/node_modules node_modules
# 755: a checkout made under a strict umask must be readable for the user of the container too.
COPY --chmod=755 package.json LICENSE ./
COPY --chmod=755 deploy/health.mjs deploy/health.mjs
COPY --chmod=755 kernel kernel
COPY --chmod=755 engines/contract engines/contract
VOLUME /data
USER 10001:10001

FROM base AS engine-baileys
COPY --chmod=755 engines/baileys engines/baileys
EXPOSE 8081
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "deploy/health.mjs", "http://127.0.0.1:8081/health"]
# Beyond loopback nothing but /health answers without the secret.
CMD ["node", "engines/baileys/main.mjs", "--host", "0.0.0.0"]

FROM base AS engine-webjs
USER 0:0
RUN apt-get update \
 && apt-get install --yes --no-install-recommends chromium \
 && rm -rf /var/lib/apt/lists/*
USER 10001:10001
# Chromium's sandbox needs user namespaces, which Docker's default profile denies; docs/guides/deploy-compose.md says more.
ENV TANDEM_WEBJS_EXECUTABLE=/usr/bin/chromium \
    TANDEM_WEBJS_SANDBOX=off
COPY --chmod=755 engines/webjs engines/webjs
EXPOSE 8082
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "deploy/health.mjs", "http://127.0.0.1:8082/health"]
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=40", "engines/webjs/main.mjs", "--host", "0.0.0.0"]

FROM base AS tandem
USER 0:0
RUN ln -s /app/cli/tandem.mjs /usr/local/bin/tandem
USER 10001:10001
COPY --chmod=755 history history
COPY --chmod=755 orchestrator orchestrator
COPY --chmod=755 sync-jobs sync-jobs
COPY --chmod=755 mcp mcp
COPY --chmod=755 console console
COPY --chmod=755 cli cli
# Refuses to listen without an access token.
ENV TANDEM_HOST=0.0.0.0 \
    TANDEM_PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "deploy/health.mjs", "http://127.0.0.1:8080/livez"]
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=40", "cli/tandem.mjs", "up"]
