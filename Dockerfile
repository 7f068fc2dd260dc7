# syntax=docker/dockerfile:1
# The images of `make images`, for who has Docker: both programs, for amd64 and arm64, no shell, no package manager, no root.
#   docker buildx build --platform linux/amd64,linux/arm64 --target mesh-proxy    -t registry.example/mesh/proxy:0.1.0    --push .
#   docker buildx build --platform linux/amd64,linux/arm64 --target mesh-operator -t registry.example/mesh/operator:0.1.0 --push .

# .NET 10 has no images of Debian; its SDK runs there all the same.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS sdk

# Everything is built on the builder's own architecture for either one: .NET doesn't run under QEMU.
FROM --platform=$BUILDPLATFORM debian:bookworm-slim AS build
ARG TARGETARCH
RUN dpkg --add-architecture $TARGETARCH && apt-get update && apt-get install -y --no-install-recommends ca-certificates mmdebstrap \
      clang llvm gcc-$(case $TARGETARCH in amd64) echo x86-64 ;; arm64) echo aarch64 ;; esac)-linux-gnu zlib1g-dev:$TARGETARCH
COPY --from=sdk /usr/share/dotnet /usr/share/dotnet
ENV PATH=$PATH:/usr/share/dotnet DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY=0
WORKDIR /source
COPY . .

FROM build AS build-proxy
ARG TARGETARCH
RUN eng/image-root.sh mesh-proxy /root-of-proxy bookworm $TARGETARCH
RUN dotnet publish src/Proxy -c Release --arch $TARGETARCH -p:NuGetLockFilePath=obj/images.lock.json -o /out

FROM build AS build-operator
ARG TARGETARCH
RUN eng/image-root.sh mesh-operator /root-of-operator bookworm $TARGETARCH
RUN eng/publish-operator.sh /out --arch $TARGETARCH && chmod -R u=rwX,go=rX /out

FROM scratch AS mesh-proxy
COPY --from=build-proxy /root-of-proxy /
COPY --from=build-proxy /out/mesh-proxy /app/mesh-proxy
USER 2102:2102
WORKDIR /app
ENV DOTNET_EnableDiagnostics=0 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/app/mesh-proxy"]

FROM scratch AS mesh-operator
COPY --from=build-operator /root-of-operator /
COPY --from=build-operator /out /app
USER 2102:2102
WORKDIR /app
ENV DOTNET_EnableDiagnostics=0 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/app/mesh-operator"]
