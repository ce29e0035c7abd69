# Debian's PostgreSQL in place of postgres:17, for trying and testing.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        postgresql-15 >/dev/null && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/15
COPY postgres.sh /postgres.sh
RUN mkdir -p /var/lib/postgresql/data && chown postgres /var/lib/postgresql/data
USER postgres
VOLUME /var/lib/postgresql/data
EXPOSE 5432
ENTRYPOINT ["sh", "/postgres.sh"]
