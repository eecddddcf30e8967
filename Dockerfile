# The images of the mesh: one for each program, built together.
#
#   docker build --target orders-service -t mesh/orders-service .

# A C library, its companions and certificates: no shell, no package manager.
ARG RUNTIME=gcr.io/distroless/cc-debian12:nonroot

FROM rust:1.95-slim-bookworm AS programs
WORKDIR /src
# The dependencies are a layer of their own, made from manifests and empty programs, so that an
# edit of the sources does not compile them again. A layer, unlike a cache mount, can be kept in a
# registry for machines that start empty, and is found by content alone; and it needs no tool.
COPY Cargo.toml Cargo.lock ./
COPY auth-service/Cargo.toml auth-service/
COPY products-service/Cargo.toml products-service/
COPY orders-service/Cargo.toml orders-service/
COPY frontend-proxy/Cargo.toml frontend-proxy/
COPY mesh/Cargo.toml mesh/
COPY shared/Cargo.toml shared/
COPY shared/testing/Cargo.toml shared/testing/
RUN for member in auth-service products-service orders-service frontend-proxy mesh; do \
        mkdir "$member/src" && echo 'fn main() {}' > "$member/src/main.rs"; \
    done \
    && for member in shared shared/testing; do \
        mkdir "$member/src" && touch "$member/src/lib.rs"; \
    done \
    && cargo build --profile dist --locked --workspace --bins
COPY shared shared
COPY auth-service auth-service
COPY products-service products-service
COPY orders-service orders-service
COPY frontend-proxy/src frontend-proxy/src
COPY mesh mesh
# Cargo goes by the time of a file: the empty programs above are younger than the real ones.
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --profile dist --locked --workspace --bins \
    && mkdir /programs \
    && cd target/dist \
    && cp auth-service products-service orders-service frontend-proxy mesh /programs/
# A new volume takes over the owner of the folder that it covers.
RUN for folder in db-auth db-products db-orders redis signing-key public-keys grafana; do \
        install -d -o 65532 -g 65532 "/secrets/$folder"; \
    done

FROM node:22-bookworm-slim AS web
WORKDIR /web
COPY frontend-proxy/web/package.json frontend-proxy/web/package-lock.json frontend-proxy/web/.npmrc ./
RUN npm ci
COPY frontend-proxy/web ./
# What /version.json says, because the history is not part of what is built from.
ARG MESH_COMMIT=unknown
RUN MESH_COMMIT="$MESH_COMMIT" npm run build

# What all images have in common. The number is the account `nonroot`: an orchestrator can only
# see from a number that it is not root.
FROM ${RUNTIME} AS runtime
USER 65532:65532

# The health check is the program itself: there is nothing else in the image that could ask.

FROM runtime AS auth-service
ENV LISTEN=0.0.0.0:3030
EXPOSE 3030
COPY --from=programs /programs/auth-service /usr/local/bin/
HEALTHCHECK --interval=30s --timeout=10s --retries=3 --start-period=5s CMD ["auth-service", "health"]
ENTRYPOINT ["auth-service"]

FROM runtime AS products-service
ENV LISTEN=0.0.0.0:3020
EXPOSE 3020
COPY --from=programs /programs/products-service /usr/local/bin/
HEALTHCHECK --interval=30s --timeout=10s --retries=3 --start-period=5s CMD ["products-service", "health"]
ENTRYPOINT ["products-service"]

FROM runtime AS orders-service
ENV LISTEN=0.0.0.0:3040
EXPOSE 3040
COPY --from=programs /programs/orders-service /usr/local/bin/
HEALTHCHECK --interval=30s --timeout=10s --retries=3 --start-period=5s CMD ["orders-service", "health"]
ENTRYPOINT ["orders-service"]

FROM runtime AS frontend-proxy
ENV LISTEN=0.0.0.0:8080 WEB_ROOT=/srv/web
EXPOSE 8080
COPY --from=web /web/dist /srv/web
COPY --from=programs /programs/frontend-proxy /usr/local/bin/
HEALTHCHECK --interval=30s --timeout=10s --retries=3 --start-period=5s CMD ["frontend-proxy", "health"]
ENTRYPOINT ["frontend-proxy"]

# For operators: `status`, `trace`, `dead-letters`, and `secrets`, which runs before everything else.
FROM runtime AS mesh
COPY --from=programs --chown=65532:65532 /secrets /secrets
COPY --from=programs /programs/mesh /usr/local/bin/
ENTRYPOINT ["mesh"]
