# Voronka in an image of its program and nothing else. OPERATIONS.md says how it is run.

FROM node:22-alpine AS pages
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM golang:1.26 AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=pages /src/web/dist web/dist
# Time zones come along in the program. The commit that it tells as its version is read from .git.
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -tags timetzdata -o /voronka ./cmd/voronka && mkdir /state

FROM scratch
COPY --from=program /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=program /voronka /voronka
COPY --from=program --chown=65532:65532 /state /var/lib/voronka
USER 65532:65532
# The data folder is /var/lib/voronka/data. Backups are made beside it before they are sent, for there is no other place to write to.
WORKDIR /var/lib/voronka
VOLUME /var/lib/voronka
ENV VORONKA_LISTEN=0.0.0.0:8080 VORONKA_LOG_FORMAT=json TMPDIR=/var/lib/voronka
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=1m CMD ["/voronka", "health", "--exclude", "timers"]
ENTRYPOINT ["/voronka"]
CMD ["serve"]
