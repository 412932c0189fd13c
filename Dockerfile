# syntax=docker/dockerfile:1
# An image without a shell. Its user can write only to the data folder. docs/install.md explains how to run it.

# The SDK runs on the build machine's architecture, not on the image's.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TARGETARCH
ENV CI=true
WORKDIR /source

# Packages are restored in a separate layer, which is rebuilt only if one of these files changes.
COPY global.json .editorconfig Directory.Build.props Directory.Packages.props ./
COPY src/Directory.Build.props src/
COPY src/Payments.Domain/Payments.Domain.csproj src/Payments.Domain/packages.lock.json src/Payments.Domain/
COPY src/Payments.Application/Payments.Application.csproj src/Payments.Application/packages.lock.json src/Payments.Application/
COPY src/Payments.Providers/Payments.Providers.csproj src/Payments.Providers/packages.lock.json src/Payments.Providers/
COPY src/Payments.Dashboard/Payments.Dashboard.csproj src/Payments.Dashboard/packages.lock.json src/Payments.Dashboard/
COPY src/Payments.Infrastructure/Payments.Infrastructure.csproj src/Payments.Infrastructure/packages.lock.json src/Payments.Infrastructure/
COPY src/Payments.Api/Payments.Api.csproj src/Payments.Api/packages.lock.json src/Payments.Api/
# Docker's amd64 is x64 in .NET.
RUN dotnet restore src/Payments.Api -p:RuntimeIdentifier=linux-$(echo $TARGETARCH | sed s/amd64/x64/)

COPY src src
RUN dotnet publish src/Payments.Api --configuration Release --arch $TARGETARCH --no-self-contained --no-restore --output /app \
    && mkdir /data

# "extra" includes ICU, because SqlClient cannot open a connection without it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
LABEL org.opencontainers.image.title="Payments" \
      org.opencontainers.image.description="The payments system of record for .NET" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /app ./
COPY --from=build --chown=$APP_UID:$APP_UID --chmod=700 /data data/
# The base image sets ASPNETCORE_HTTP_PORTS. Clear it, or each start logs a warning that ASPNETCORE_URLS overrides it.
# Without MALLOC_ARENA_MAX, glibc keeps separate memory for up to eight threads per core, and the service needs about 10 MB more (docs/performance.md).
ENV ASPNETCORE_HTTP_PORTS= \
    ASPNETCORE_URLS=http://+:8080 \
    MALLOC_ARENA_MAX=1
EXPOSE 8080
VOLUME /app/data
USER $APP_UID
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=1s CMD ["/app/Payments.Api", "health"]
ENTRYPOINT ["/app/Payments.Api"]
