# Built from this repository; runs as a user without rights, on a read-only root file system.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
COPY Cargo.toml Cargo.lock ./
COPY migrations migrations
COPY demo demo
COPY src src
# The tests are not built here, but the manifest names their file.
RUN mkdir tests && echo 'fn main() {}' > tests/main.rs \
    && cargo build --release --locked --bin ogp-tracker \
    && strip target/release/ogp-tracker

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin ogp \
    # A volume that is mounted here begins as this folder does.
    && install --directory --owner 10001 --mode 0700 /var/lib/ogp-tracker
COPY --from=build /src/target/release/ogp-tracker /usr/local/bin/ogp-tracker
COPY LICENSE /usr/share/doc/ogp-tracker/LICENSE
USER 10001
ENV OGP_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["ogp-tracker"]
CMD ["serve"]
