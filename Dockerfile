# syntax=docker/dockerfile:1
# The images of `make images`, for who has Docker: both programs, for amd64 and arm64, no shell, no package manager, no root.
#   docker buildx build --platform linux/amd64,linux/arm64 --target mesh-proxy    -t registry.example/mesh/proxy:0.1.0    --push .
#   docker buildx build --platform linux/amd64,linux/arm64 --target mesh-operator -t registry.example/mesh/operator:0.1.0 --push .

# Each architecture compiles for itself: the proxy is linked against its libc.
FROM mcr.microsoft.com/dotnet/sdk:10.0-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends clang zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

FROM build AS build-proxy
RUN dotnet publish src/Proxy -c Release --use-current-runtime -p:NuGetLockFilePath=obj/images.lock.json -o /out && rm -f /out/*.dbg /out/*.xml /out/*.pdb

FROM build AS build-operator
RUN dotnet publish src/Operator -c Release --use-current-runtime --self-contained -p:PublishReadyToRun=true -p:DebugType=none \
    -p:NuGetLockFilePath=obj/images.lock.json -p:PublishDocumentationFiles=false -o /out

# The packages' files, without what would run a shell or install more.
FROM debian:bookworm-slim AS roots
RUN apt-get update && apt-get install -y --no-install-recommends mmdebstrap ca-certificates
RUN mmdebstrap --variant=extract --include=libc6,libssl3,nftables bookworm /proxy && \
    mmdebstrap --variant=extract --include=libc6,libssl3,libstdc++6 bookworm /operator && \
    install -D /proxy/usr/sbin/nft /proxy/usr/local/sbin/nft && \
    for root in /proxy /operator; do \
      rm -rf "$root"/bin "$root"/sbin "$root"/usr/bin "$root"/usr/sbin "$root"/var "$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/lintian "$root"/usr/share/locale "$root"/etc/apt "$root"/etc/dpkg; \
      install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root"/etc/ssl/certs/ca-certificates.crt; \
      install -d -m 1777 "$root"/tmp; \
      echo 'mesh:x:2102:2102::/:/nonexistent' > "$root"/etc/passwd; \
      echo 'mesh:x:2102:' > "$root"/etc/group; \
    done

FROM scratch AS mesh-proxy
COPY --from=roots /proxy /
COPY --from=build-proxy /out/mesh-proxy /app/mesh-proxy
USER 2102:2102
WORKDIR /app
ENV DOTNET_EnableDiagnostics=0 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/app/mesh-proxy"]

FROM scratch AS mesh-operator
COPY --from=roots /operator /
COPY --from=build-operator /out /app
USER 2102:2102
WORKDIR /app
ENV DOTNET_EnableDiagnostics=0 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/app/mesh-operator"]
