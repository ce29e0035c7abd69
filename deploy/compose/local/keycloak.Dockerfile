# Keycloak from the distribution that Maven Central carries in place of quay.io/keycloak/keycloak, for trying and testing.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        openjdk-17-jre-headless >/dev/null && rm -rf /var/lib/apt/lists/*
COPY keycloak /opt/keycloak
# What would otherwise be done at each start, with the settings of compose.yaml.
RUN chmod 755 /opt/keycloak/bin/*.sh \
 && /opt/keycloak/bin/kc.sh build --db=postgres --cache=local --http-relative-path=/auth --health-enabled=true --metrics-enabled=true \
        >/dev/null && chown -R 10002:10002 /opt/keycloak
USER 10002:10002
EXPOSE 8080
ENTRYPOINT ["/opt/keycloak/bin/kc.sh"]
